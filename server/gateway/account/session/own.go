package session

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/store"
)

// mostLasting is how many tokens for bots an account may have at once.
const mostLasting = 50

// Sessions lists a person's own sessions, the 200 used last, newest use first.
func (a *Authority) Sessions(ctx context.Context, p Principal) ([]api.Session, error) {
	var list []api.Session
	err := a.db.Read(ctx, func(tx store.Tx) (err error) {
		list, err = List(tx, p.User, p.Session, a.time())
		return err
	})
	return list, err
}

// Revoke ends one of the person's own sessions and returns once chat refuses its
// actions (promise R). After the problem unavailable the change stands, and the
// call can be repeated.
func (a *Authority) Revoke(ctx context.Context, p Principal, id api.SessionID) error {
	if p.Ended && id != p.Session {
		return signedOut()
	}
	var version int64
	err := a.db.InTx(ctx, func(tx store.Tx) (err error) {
		version, err = Revoke(tx, p.User, id, a.time())
		return err
	})
	if err != nil {
		return err
	}
	a.Forget(p.User)
	return a.standings.Settle(ctx, p.User, version)
}

// CreateToken begins a session for a bot: it does not expire, and ends when it is
// revoked. Only who signed in makes one: a token that leaks breeds no others, nor
// does a session that was ended since p was told.
func (a *Authority) CreateToken(ctx context.Context, p Principal, name string) (in api.SignedIn, err error) {
	if err := text.Name(name, api.MaxName); err != nil {
		return in, api.Invalid("/name", "%v", err)
	}
	if p.Lasting {
		return in, api.NewProblem("forbidden", "a token makes no tokens: sign in with the password")
	}
	err = a.db.InTx(ctx, func(tx store.Tx) error {
		// Begin locks the account: of two at once the later one counts the other, and
		// what ended p's session before is seen.
		if in, err = Begin(tx, Start{User: p.User, Handle: p.Handle, Name: name, Lasting: true}, a.time()); err != nil {
			return err
		}
		if own, err := find(tx, sessionOfID, p.Session); noRow(err) || err == nil && !a.alive(own) {
			return signedOut()
		} else if err != nil {
			return err
		}
		var n int64
		if err := tx.Row(countLasting, p.User).Scan(&n); err != nil {
			return err
		}
		if n > mostLasting {
			return api.NewProblem("forbidden", "an account has at most %d tokens: revoke one first", mostLasting)
		}
		return nil
	})
	if err != nil {
		return api.SignedIn{}, err
	}
	return in, nil
}
