// Package code owns the codes that letters carry, which prove that somebody reads
// an address: eight digits, good once, for ten minutes and five tries, bound to
// address, purpose and subject (security, verification codes). It also counts
// letters, of which an address gets five an hour.
//
// Everything works in its caller's transaction and may be called concurrently;
// the tables are package account's. Sending the letter is the caller's matter.
package code

import (
	"crypto/hmac"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/sweep"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

// Life is how long a code is good for.
const Life = 10 * time.Minute

const (
	tries         = 5
	lettersAnHour = 5
)

// What a code is for.
const (
	Confirm = "confirm" // an address, of a sign-up
	Reset   = "reset"   // a new password, of an account
	Nothing = "nothing" // written where no code is sent, so that the time does not tell
)

// Readdress is the purpose of a code that gives an account another address. It
// names the account: tries of others do not use its codes up.
func Readdress(user api.UserID) string { return "email " + user.String() }

// Codes are the codes of a database.
type Codes struct {
	keys *secret.Keys
	now  func() time.Time
}

// New makes the codes that are kept with keys, which are read when they are first needed.
func New(keys *secret.Keys, now func() time.Time) *Codes { return &Codes{keys: keys, now: now} }

func (c *Codes) time() api.Time { return api.TimeOf(c.now()) }

// digest binds a code to its address, purpose and subject. It is keyed: eight
// digits alone are soon tried.
func (c *Codes) digest(address, purpose string, subject uuid.UUID, code string) []byte {
	return c.keys.Digest("code", []byte(address), []byte(purpose), subject[:], []byte(code))
}

// Store stores a code that is sent to an address.
func (c *Codes) Store(tx store.Tx, address, purpose string, subject uuid.UUID, code string) error {
	id := uuid.New()
	_, err := tx.Exec(insertCode, id[:], address, purpose, subject[:], c.digest(address, purpose, subject, code),
		c.time()+api.Time(Life.Milliseconds()))
	return err
}

// Take tries a code against all that are open for an address, of which each
// sign-up has its own: so nobody can make another's code worthless by signing up
// with the same address. The try is counted, on all of them, before anything is
// compared, and must be committed. It returns zero ids when none fits; id names
// the code for Reopen.
func (c *Codes) Take(tx store.Tx, address, purpose, code string) (subject, id uuid.UUID, err error) {
	now := c.time()
	err = tx.Each(tryCodes, func(r store.Row) error {
		var rowID, of uuid.UUID
		var digest []byte
		if err := r.Scan(&rowID, &of, &digest); err != nil {
			return err
		}
		if hmac.Equal(digest, c.digest(address, purpose, of, code)) {
			subject, id = of, rowID
		}
		return nil
	}, address, purpose, tries, now)
	if err != nil || id == uuid.Nil {
		return subject, id, err
	}
	n, err := tx.Exec(takeCode, id[:], now)
	if err != nil || n == 0 { // another call took it
		return uuid.Nil, uuid.Nil, err
	}
	return subject, id, nil
}

// Reopen gives a code back whose taker could not be told what it brought.
func Reopen(tx store.Tx, id uuid.UUID) error {
	_, err := tx.Exec(reopenCode, id[:])
	return err
}

// Close closes the codes that are open for an address and a purpose.
func (c *Codes) Close(tx store.Tx, address, purpose string) error {
	_, err := tx.Exec(closeCodes, address, purpose, c.time())
	return err
}

// CloseOf closes all codes of an account.
func (c *Codes) CloseOf(tx store.Tx, user api.UserID) error {
	_, err := tx.Exec(closeOwnCodes, user, c.time())
	return err
}

// Count counts a letter to an address and refuses the sixth within an hour.
func (c *Codes) Count(tx store.Tx, address string) error {
	now := c.time()
	var started, sent int64
	if err := tx.Row(countLetter, address, now, now-hour).Scan(&started, &sent); err != nil {
		return err
	}
	if sent > lettersAnHour {
		wait := started + int64(hour) - int64(now)
		return api.NewProblem("too_many", "at most %d codes an hour go to one address", lettersAnHour).Later(int(wait/1000) + 1)
	}
	return nil
}

// ForReset counts a letter, stores a code for the account with an address and
// writes the letter; for an address that no account has, a code for nothing and
// no letter.
func (c *Codes) ForReset(tx store.Tx, address string) (*mail.Letter, error) {
	code := secret.Code()
	if err := c.Count(tx, address); err != nil {
		return nil, err
	}
	var user api.UserID
	var handle, to string
	err := tx.Row(ownerOfAddress, address).Scan(&user, &handle, &to)
	if errors.Is(err, store.ErrNoRow) {
		return nil, c.Store(tx, address, Nothing, uuid.Nil, code)
	}
	if err != nil {
		return nil, err
	}
	letter := mail.Reset(to, handle, code, Life)
	return &letter, c.Store(tx, address, Reset, uuid.UUID(user), code)
}

// Clean deletes a part of what is over, and tells whether there may be more.
func Clean(tx store.Tx, now api.Time) (more bool, err error) {
	return sweep.Part(tx,
		sweep.Delete{Statement: cleanCodes, Args: []any{now}},
		sweep.Delete{Statement: cleanLetters, Args: []any{now - hour}})
}

const hour = api.Time(time.Hour / time.Millisecond)
