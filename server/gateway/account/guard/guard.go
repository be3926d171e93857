// Package guard checks passwords, and slows down who guesses: after five failures
// each further try waits, twice as long as the one before, up to five minutes;
// nobody is locked out for good (security, passwords and sign-in).
//
// A try is counted as a failure before it is looked at, so that many at once are
// no more than the same number in a row. An unknown handle and a wrong password
// have the same answer in the same time. Hashing is bounded (package password).
// What a right password leads to is the caller's matter; the tables are package
// account's. All methods and functions may be called concurrently.
package guard

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/store"
)

// Guard checks passwords.
type Guard struct {
	db     store.DB
	keys   *secret.Keys
	hasher *password.Hasher
	now    func() time.Time
}

// New makes a guard that hashes with p. keys are read when they are first needed.
func New(db store.DB, keys *secret.Keys, p password.Params, now func() time.Time) *Guard {
	return &Guard{db: db, keys: keys, hasher: password.NewHasher(p), now: now}
}

// Proof is that somebody knows an account's password.
type Proof struct {
	User    api.UserID
	Known   bool   // chat knows the account
	Stored  string // the hash that it was checked against
	Network []byte // a digest of where they are, nil: nowhere that is known

	lane string // in which their failures are counted
	anew string // the hash to store, where the stored one is weaker than today's
}

// Passed forgets the failures before p, and stores the password's hash anew where
// it was a weak one. A password that was changed since it was checked proves
// nothing any more; it locks the account, so that none is changed behind it.
func (p Proof) Passed(tx store.Tx) error {
	switch n, err := tx.Exec(rehash, p.User, cmp.Or(p.anew, p.Stored), p.Stored); {
	case err != nil:
		return err
	case n == 0: // or another sign-in has stored it anew
		return api.NewProblem("unavailable", "the password was changed at this moment; sign in again").Later(1)
	}
	return p.clear(tx)
}

// clear forgets the failures before p, of the lane that it came by.
func (p Proof) clear(tx store.Tx) error {
	_, err := tx.Exec(clearLane, p.lane)
	return err
}

// Clear forgets the failures of a handle, from whichever network: it has another
// password, or nobody's any more.
func Clear(tx store.Tx, handle string) error {
	_, err := tx.Exec(clearHandle, handle, len(handle)+1, handle+" ")
	return err
}

// Prove checks that who is signed in knows the password too, as Check does, and
// forgets failures when they do. The stored hash stays as it is.
func (g *Guard) Prove(ctx context.Context, handle, plain, addr string) (Proof, error) {
	p, err := g.Check(ctx, handle, plain, addr)
	if err != nil {
		return p, err
	}
	return p, g.db.InTx(ctx, p.clear)
}

// Check tells whose password it is: the problem bad_credentials when it is not
// the handle's. addr is where the call comes from. Passed comes when what the
// proof was for is done.
func (g *Guard) Check(ctx context.Context, handle, plain, addr string) (p Proof, err error) {
	if len(plain) > api.MaxPassword {
		return p, api.Invalid("/password", "a password has at most %d bytes", api.MaxPassword)
	}
	turn, err := g.begin(ctx)
	if err != nil {
		return p, err
	}
	defer turn.End()
	network := g.keys.Network(addr)
	err = g.db.InTx(ctx, func(tx store.Tx) (err error) {
		if p, err = read(tx, handle, network); err != nil {
			return err
		}
		return countTry(tx, p.lane, api.TimeOf(g.now()))
	})
	if err != nil {
		return p, err
	}
	if p.Stored == "" {
		turn.Waste(plain)
		return p, WrongCredentials()
	}
	stored, err := password.Parse(p.Stored)
	if err != nil {
		return p, err
	}
	ok, weak := turn.Verify(stored, plain)
	if !ok {
		return p, WrongCredentials()
	}
	if weak {
		p.anew = turn.Hash(plain).Encode()
	}
	return p, nil
}

// Hash hashes a new password, in its turn.
func (g *Guard) Hash(ctx context.Context, plain string) (string, error) {
	turn, err := g.begin(ctx)
	if err != nil {
		return "", err
	}
	defer turn.End()
	return turn.Hash(plain).Encode(), nil
}

// begin waits for a turn to hash.
func (g *Guard) begin(ctx context.Context) (password.Turn, error) {
	turn, err := g.hasher.Begin(ctx)
	if errors.Is(err, password.ErrBusy) {
		return turn, api.NewProblem("too_many", "too many passwords are being checked; try again in a moment").Later(1)
	}
	return turn, err
}

// read reads an account and which lane its failures are counted in: its own, or
// one for a network that it was signed in from before, so that strangers who
// guess do not slow its person down.
func read(tx store.Tx, handle string, network []byte) (p Proof, err error) {
	p.Network, p.lane = network, handle
	var acknowledged int64
	err = tx.Row(signInRow, handle).Scan(&p.User, &p.Stored, &acknowledged)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return p, err
	}
	p.Known = acknowledged != 0
	var before api.SessionID
	err = tx.Row(networkIsKnown, p.User, network).Scan(&before) // also for nobody: the same time
	if err == nil && network != nil {
		p.lane += " " + hex.EncodeToString(network)
	}
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return p, err
	}
	return p, nil
}

// WrongCredentials is the answer to a wrong password.
func WrongCredentials() error {
	return api.NewProblem("bad_credentials", "check both; a forgotten password cannot be read by anybody")
}
