package office

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/mail"
	"github.com/chatctl/chatctl/server/store"
)

// Grant gives an account a grant.
func (a Admin) Grant(ctx context.Context, handle, grant string) (api.User, error) {
	return a.setGrant(ctx, handle, "users.grant", grant, insertGrant, grant, a.time())
}

// Ungrant takes it back.
func (a Admin) Ungrant(ctx context.Context, handle, grant string) (api.User, error) {
	return a.setGrant(ctx, handle, "users.ungrant", grant, deleteGrant, grant)
}

func (a Admin) setGrant(ctx context.Context, handle, act, grant, statement string, args ...any) (api.User, error) {
	if grant != register.Administrator && grant != register.LoadTest {
		return api.User{}, api.NewProblem("not_found", "the grants are %s and %s", register.Administrator, register.LoadTest)
	}
	return a.change(ctx, handle, act, grant, func(tx store.Tx, id api.UserID) (bool, error) {
		n, err := tx.Exec(statement, append([]any{id}, args...)...)
		return n > 0, err
	})
}

// Revoke ends one session of an account, or with the zero id all that it has. It
// returns once chat refuses their actions (promise R); after the problem
// unavailable the change stands, and the call can be repeated.
func (a Admin) Revoke(ctx context.Context, handle string, id api.SessionID) (api.User, error) {
	detail := ""
	if !id.IsZero() {
		detail = id.String()
	}
	return a.act(ctx, register.Find, handle, "users.revoke", detail, func(tx store.Tx, user api.UserID) error {
		var err error
		if id.IsZero() {
			_, err = session.EndAll(tx, user)
		} else {
			_, err = session.Revoke(tx, user, id, a.time())
		}
		return err
	})
}

// SetPassword gives an account another password and ends its sessions, as Revoke does.
func (a Admin) SetPassword(ctx context.Context, handle, plain string) (api.User, error) {
	if err := password.Check(plain); err != nil {
		return api.User{}, api.Invalid("/password", "%v", err)
	}
	hash, err := a.c.Guard.Hash(ctx, plain)
	if err != nil {
		return api.User{}, err
	}
	return a.act(ctx, register.Find, handle, "users.reset-password", "set", func(tx store.Tx, id api.UserID) error {
		if _, err := tx.Exec(setPassword, id, hash); err != nil {
			return err
		}
		if err := a.c.Codes.CloseOf(tx, id); err != nil {
			return err
		}
		if err := guard.Clear(tx, handle); err != nil {
			return err
		}
		_, err := session.EndAll(tx, id)
		return err
	})
}

// SendReset sends the code for a new password to an account's address. Nothing ends before it is used.
func (a Admin) SendReset(ctx context.Context, handle string) (u api.User, err error) {
	var letter *mail.Letter
	err = a.c.DB.InTx(ctx, func(tx store.Tx) error {
		id, err := register.Find(tx, handle)
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
		if letter, err = a.c.Codes.ForReset(tx, address); err != nil {
			return err
		}
		if u, err = register.Read(tx, id); err != nil {
			return err
		}
		return a.note(tx, "users.reset-password", handle, "code sent")
	})
	if err == nil && letter != nil {
		a.c.Postman.Post(ctx, *letter)
	}
	return u, err
}
