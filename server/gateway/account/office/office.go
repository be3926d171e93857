// Package office is what administrators do to accounts: make and find them,
// suspend, grant, end sessions, set passwords, invite, and read what was changed.
//
// Each change is audited in its own transaction, in the name of who made it. What
// promises something (promise R) returns once chat has applied it; after the
// problem unavailable the change stands, and the call can be repeated. Whether
// somebody may administer is asked elsewhere; the tables are package account's.
// New starts nothing; all methods may be called concurrently.
package office

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
)

// Config is what the office works with.
type Config struct {
	DB        store.DB
	Sessions  *session.Authority
	Guard     *guard.Guard
	Codes     *code.Codes
	Standings *standing.Publisher
	Eraser    *erasure.Eraser
	Lifter    *suspension.Lifter
	Postman   *mail.Postman
	Now       func() time.Time
}

// Office reads for administrators, and lets them change what they read: see As.
type Office struct{ c Config }

// New makes the office of c.
func New(c Config) *Office { return &Office{c} }

func (o *Office) time() api.Time { return api.TimeOf(o.c.Now()) }

// Admin changes accounts in somebody's name; each change is audited in its own transaction.
type Admin struct {
	*Office
	actor string
}

// As is administration by actor: an account (By), or who owns the machine.
func (o *Office) As(actor string) Admin { return Admin{o, actor} }

// By names an account as an actor. No other actor begins with @.
func By(handle string) string { return "@" + handle }

// finder reads who has a handle.
type finder func(tx store.Tx, handle string) (api.UserID, error)

// change does something to an account, raises its version when that changed
// something, and waits until chat has it. What is so already is answered the same.
func (a Admin) change(ctx context.Context, handle, act, detail string, do func(store.Tx, api.UserID) (changed bool, err error)) (api.User, error) {
	return a.settled(ctx, func(tx store.Tx) (u api.User, err error) {
		id, err := register.Find(tx, handle)
		if err != nil {
			return u, err
		}
		changed, err := do(tx, id)
		if err != nil {
			return u, err
		}
		if changed {
			if _, err := standing.Raise(tx, id); err != nil {
				return u, err
			}
			if err := a.note(tx, act, handle, detail); err != nil {
				return u, err
			}
		}
		return register.Read(tx, id)
	})
}

// act does something to an account that may raise its version, audits it, and
// waits until chat has that version.
func (a Admin) act(ctx context.Context, find finder, handle, act, detail string, do func(store.Tx, api.UserID) error) (api.User, error) {
	return a.settled(ctx, func(tx store.Tx) (u api.User, err error) {
		id, err := find(tx, handle)
		if err != nil {
			return u, err
		}
		if err := do(tx, id); err != nil {
			return u, err
		}
		if u, err = register.Read(tx, id); err != nil {
			return u, err
		}
		return u, a.note(tx, act, handle, detail)
	})
}

// settled commits a change of an account and waits until chat has it.
func (a Admin) settled(ctx context.Context, change func(store.Tx) (api.User, error)) (u api.User, err error) {
	err = a.c.DB.InTx(ctx, func(tx store.Tx) (err error) {
		u, err = change(tx)
		return err
	})
	if err != nil {
		return api.User{}, err
	}
	a.c.Sessions.Forget(u.User)
	if err := a.c.Standings.Settle(ctx, u.User, u.Version); err != nil {
		return api.User{}, err
	}
	return u, nil
}

// Note audits a change that is none of an account's, before it is made.
func (a Admin) Note(ctx context.Context, act, object, detail string) error {
	return a.c.DB.InTx(ctx, func(tx store.Tx) error { return a.note(tx, act, object, detail) })
}

func (a Admin) note(tx store.Tx, act, object, detail string) error {
	return audit.Note(tx, a.time(), a.actor, act, object, detail)
}

// Audit lists what administrators changed by ascending id after one, oldest
// first; actor and object, where they are not empty, must be equal.
func (o *Office) Audit(ctx context.Context, after, actor, object string, limit int) (list []api.Audited, err error) {
	err = o.c.DB.Read(ctx, func(tx store.Tx) (err error) {
		list, err = audit.List(tx, after, actor, object, limit)
		return err
	})
	return list, err
}
