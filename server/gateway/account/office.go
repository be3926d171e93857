package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/invite"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
)

// SessionsOf lists an account's sessions, as Sessions does.
func (s *Service) SessionsOf(ctx context.Context, handle string) (list []api.Session, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) error {
		id, err := findUser(tx, handle)
		if err == nil {
			list, err = s.sessionsOf(tx, id, api.SessionID{})
		}
		return err
	})
	return list, err
}

// Revoke ends one session of an account, or with the zero id all that it has. It
// returns once chat refuses their actions (promise R); after the problem
// unavailable the change stands, and the call can be repeated.
func (a Admin) Revoke(ctx context.Context, handle string, session api.SessionID) (api.User, error) {
	detail := ""
	if !session.IsZero() {
		detail = session.String()
	}
	return a.act(ctx, handle, userOfHandle, "users.revoke", detail, func(tx store.Tx, id api.UserID) error {
		var err error
		if session.IsZero() {
			_, err = endAll(tx, id)
		} else {
			_, err = a.s.revoke(tx, id, session)
		}
		return err
	})
}

// SetPassword gives an account another password and ends its sessions, as Revoke does.
func (a Admin) SetPassword(ctx context.Context, handle, plain string) (api.User, error) {
	if err := password.Check(plain); err != nil {
		return api.User{}, api.Invalid("/password", "%v", err)
	}
	hash, err := a.s.hash(ctx, plain)
	if err != nil {
		return api.User{}, err
	}
	return a.act(ctx, handle, userOfHandle, "users.reset-password", "set", func(tx store.Tx, id api.UserID) error {
		if _, err := tx.Exec(setPassword, id, hash); err != nil {
			return err
		}
		if _, err := tx.Exec(closeOwnCodes, id, a.s.time()); err != nil {
			return err
		}
		if _, err := tx.Exec(clearFailures, handle); err != nil {
			return err
		}
		_, err := endAll(tx, id)
		return err
	})
}

// SendReset sends the code for a new password to an account's address. Nothing ends before it is used.
func (a Admin) SendReset(ctx context.Context, handle string) (u api.User, err error) {
	var letter *mail.Letter
	err = a.s.db.InTx(ctx, func(tx store.Tx) error {
		id, err := findUser(tx, handle)
		if err != nil {
			return err
		}
		var address string
		if err := tx.Row(addressOfUser, id).Scan(&address); err != nil {
			return err
		}
		if address == "" {
			return api.NewProblem("not_found", "the account has no address: set a password instead")
		}
		if letter, err = a.s.resetCode(tx, address); err != nil {
			return err
		}
		if u, err = readUser(tx, id); err != nil {
			return err
		}
		return a.note(tx, "users.reset-password", handle, "code sent")
	})
	if err == nil && letter != nil {
		a.s.postman.Post(ctx, *letter)
	}
	return u, err
}

// Delete erases an account, as its person's own Erase does.
func (a Admin) Delete(ctx context.Context, handle string) (api.User, error) {
	defer a.s.eraser.Wake()
	return a.act(ctx, handle, anyoneNamed, "users.delete", "", func(tx store.Tx, id api.UserID) error {
		_, err := a.s.erase(tx, id)
		return err
	})
}

// act does something to an account that may raise its version, audits it, and
// waits until chat has that version.
func (a Admin) act(ctx context.Context, handle, find, act, detail string, do func(store.Tx, api.UserID) error) (u api.User, err error) {
	err = a.s.db.InTx(ctx, func(tx store.Tx) error {
		var id api.UserID
		err := tx.Row(find, handle).Scan(&id)
		if errors.Is(err, store.ErrNoRow) {
			return api.NewProblem("not_found", "no account has this handle")
		}
		if err != nil {
			return err
		}
		if err := do(tx, id); err != nil {
			return err
		}
		if u, err = readUser(tx, id); err != nil {
			return err
		}
		return a.note(tx, act, handle, detail)
	})
	if err != nil {
		return api.User{}, err
	}
	a.s.cache.forget(u.User)
	return u, a.s.settled(ctx, u.User, u.Version)
}

// CreateInvite makes an invite for uses accounts (0: any number) until expires.
// The answer alone has its code.
func (a Admin) CreateInvite(ctx context.Context, note string, uses int64, expires api.Time) (i api.Invite, err error) {
	now := a.s.time()
	if note != "" {
		if err := text.Name(note, api.MaxName); err != nil {
			return i, api.Invalid("/note", "%v", err)
		}
	}
	if uses < 0 || uses > 1<<31 {
		return i, api.Invalid("/uses", "a number of accounts; 0 is any number")
	}
	if expires <= now {
		return i, api.Invalid("/expires", "a moment that is still to come")
	}
	err = a.s.db.InTx(ctx, func(tx store.Tx) (err error) {
		if i, err = invite.Create(tx, a.actor, note, uses, now, expires); err != nil {
			return err
		}
		return a.note(tx, "invites.create", i.Invite, "")
	})
	return i, err
}

// RevokeInvite ends an invite. Accounts that were made with it stay.
func (a Admin) RevokeInvite(ctx context.Context, id string) error {
	return a.s.db.InTx(ctx, func(tx store.Tx) error {
		changed, err := invite.Revoke(tx, id, a.s.time())
		if err == nil && changed {
			err = a.note(tx, "invites.revoke", id, "")
		}
		return err
	})
}

// Invites lists invites by ascending id after one, oldest first.
func (s *Service) Invites(ctx context.Context, after string, limit int) (list []api.Invite, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) (err error) {
		list, err = invite.List(tx, after, limit)
		return err
	})
	return list, err
}

// Audit lists what administrators changed by ascending id after one, oldest
// first; actor and object, where they are not empty, must be equal.
func (s *Service) Audit(ctx context.Context, after, actor, object string, limit int) (list []api.Audited, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) (err error) {
		list, err = audit.List(tx, after, actor, object, limit)
		return err
	})
	return list, err
}
