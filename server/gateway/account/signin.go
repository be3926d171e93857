package account

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/store"
)

// After so many failures each further try waits, twice as long as the one
// before, up to the longest. It is never locked for good.
const (
	freeTries   = 5
	longestWait = 5 * time.Minute
	forgetTries = 24 * time.Hour
)

// login is what is read of an account before its password is checked.
type login struct {
	user         api.UserID // zero: no such account
	hash         string     // "": it has no password
	acknowledged int64
	lane         string
}

// SignIn begins a session with a password. name is the session's, for the
// person's own list; addr is where the call comes from. An unknown handle and a
// wrong password have the same answer in the same time.
func (s *Service) SignIn(ctx context.Context, handle, plain, name, addr string) (api.SignedIn, error) {
	if err := text.Handle(handle); err != nil {
		return api.SignedIn{}, api.Invalid("/handle", "%v", err)
	}
	if len(plain) > api.MaxPassword {
		return api.SignedIn{}, api.Invalid("/password", "a password has at most %d bytes", api.MaxPassword)
	}
	if name != "" {
		if err := text.Name(name, api.MaxName); err != nil {
			return api.SignedIn{}, api.Invalid("/name", "%v", err)
		}
	}
	network := s.keys.Network(addr)
	who, again, err := s.checkPassword(ctx, handle, plain, network)
	if err != nil {
		return api.SignedIn{}, err
	}
	var in api.SignedIn
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		if _, err := tx.Exec(clearFailures, who.lane); err != nil {
			return err
		}
		if again != "" {
			if _, err := tx.Exec(rehash, who.user, again, who.hash); err != nil {
				return err
			}
		}
		in, err = s.begin(tx, session{user: who.user, handle: handle, name: name, network: network})
		return err
	})
	if errors.Is(err, store.ErrNoRow) { // deleted meanwhile
		return api.SignedIn{}, wrongCredentials()
	}
	if err == nil && who.acknowledged == 0 { // confirmed, but chat was late then
		if err = s.settled(ctx, who.user, 1); err == nil {
			err = s.acknowledged(ctx, who.user)
		}
	}
	if err != nil {
		return api.SignedIn{}, err
	}
	return in, nil
}

// checkPassword returns whose password it is, and its new hash when the stored
// one is weaker than today's. The try is counted as a failure before it is
// looked at, so that many at once are no more than the same number in a row.
func (s *Service) checkPassword(ctx context.Context, handle, plain string, network []byte) (who login, again string, err error) {
	turn, err := s.hasher.Begin(ctx)
	if errors.Is(err, password.ErrBusy) {
		return who, "", busy()
	}
	if err != nil {
		return who, "", err
	}
	defer turn.End()
	err = s.db.InTx(ctx, func(tx store.Tx) (err error) {
		if who, err = readLogin(tx, handle, network); err != nil {
			return err
		}
		return s.countTry(tx, who.lane)
	})
	if err != nil {
		return who, "", err
	}
	if who.hash == "" {
		turn.Waste(plain)
		return who, "", wrongCredentials()
	}
	stored, err := password.Parse(who.hash)
	if err != nil {
		return who, "", err
	}
	ok, weak := turn.Verify(stored, plain)
	if !ok {
		return who, "", wrongCredentials()
	}
	if weak {
		again = turn.Hash(plain).Encode()
	}
	return who, again, nil
}

// readLogin reads an account and which lane its failures are counted in: its
// own, or one for a network that it was signed in from before, so that
// strangers who guess do not slow its person down.
func readLogin(tx store.Tx, handle string, network []byte) (who login, err error) {
	who.lane = handle
	err = tx.Row(signInRow, handle).Scan(&who.user, &who.hash, &who.acknowledged)
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return who, err
	}
	var before api.SessionID
	err = tx.Row(networkIsKnown, who.user, network).Scan(&before) // also for nobody: the same time
	if err == nil && network != nil {
		who.lane += " " + hex.EncodeToString(network)
	}
	if err != nil && !errors.Is(err, store.ErrNoRow) {
		return who, err
	}
	return who, nil
}

// countTry counts a failure in a lane, or refuses the try while the lane is closed.
func (s *Service) countTry(tx store.Tx, lane string) error {
	now := s.time()
	var tries int64
	var closed api.Time
	err := tx.Row(failuresOf, lane).Scan(&tries, &closed)
	var n int64
	switch {
	case errors.Is(err, store.ErrNoRow):
		n, err = tx.Exec(insertFailure, lane, now)
	case err != nil:
		return err
	case closed > now:
		return tooOften(closed - now)
	default:
		n, err = tx.Exec(raiseFailure, lane, tries, now, closedUntil(tries+1, now))
	}
	if err == nil && n == 0 { // another try came between
		return tooOften(1)
	}
	return err
}

// closedUntil is when the try after this one may come.
func closedUntil(tries int64, now api.Time) api.Time {
	if tries < freeTries {
		return 0
	}
	wait := longestWait
	if over := tries - freeTries; over < 20 {
		wait = min(time.Second<<over, longestWait)
	}
	return now + api.Time(wait.Milliseconds())
}

func tooOften(wait api.Time) error {
	return api.NewProblem("too_many", "too many wrong passwords for this account; wait").Later(int((wait + 999) / 1000))
}

func wrongCredentials() error {
	return api.NewProblem("bad_credentials", "check both; a forgotten password cannot be read by anybody")
}
