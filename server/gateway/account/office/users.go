package office

import (
	"context"
	"errors"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

// Users lists the accounts that f keeps by handle, ascending, after one.
func (o *Office) Users(ctx context.Context, f api.UserFilter, after string, limit int) (users []api.User, err error) {
	like, bots := "", 0
	if f.Text != "" {
		like = "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(f.Text)) + "%"
	}
	if f.Bots {
		bots = 1
	}
	err = o.c.DB.Read(ctx, func(tx store.Tx) error {
		users = []api.User{}
		err := tx.Each(accountsAfter, func(r store.Row) error {
			users = append(users, api.User{})
			return r.Scan(&users[len(users)-1].User)
		}, after, limit, like, string(f.State), f.Grant, bots)
		for i := 0; i < len(users) && err == nil; i++ {
			users[i], err = register.Read(tx, users[i].User)
		}
		return err
	})
	return users, err
}

// User is the account with a handle.
func (o *Office) User(ctx context.Context, handle string) (u api.User, err error) {
	err = o.c.DB.Read(ctx, func(tx store.Tx) error {
		id, err := register.Find(tx, handle)
		if err != nil {
			return err
		}
		u, err = register.Read(tx, id)
		return err
	})
	return u, err
}

// SessionsOf lists an account's sessions, as their person sees them.
func (o *Office) SessionsOf(ctx context.Context, handle string) (list []api.Session, err error) {
	err = o.c.DB.Read(ctx, func(tx store.Tx) error {
		id, err := register.Find(tx, handle)
		if err == nil {
			list, err = session.List(tx, id, api.SessionID{}, o.time())
		}
		return err
	})
	return list, err
}

// CreateUser makes an account whose address needs no code.
func (a Admin) CreateUser(ctx context.Context, in register.Applicant) (u api.User, err error) {
	address, err := in.Check()
	if err != nil {
		return u, err
	}
	hash, err := a.c.Guard.Hash(ctx, in.Password)
	if err != nil {
		return u, err
	}
	err = a.c.DB.InTx(ctx, func(tx store.Tx) error {
		if err := addressIsFree(tx, address); err != nil {
			return err
		}
		id := api.NewUserID()
		made := register.Entry{User: id, Handle: in.Handle, DisplayName: in.DisplayName, Email: &in.Email, Address: &address, Password: &hash}
		if err := register.Create(tx, made, a.time()); err != nil {
			return err
		}
		if u, err = register.Read(tx, id); err != nil {
			return err
		}
		return a.note(tx, "users.create", in.Handle, "")
	})
	if errors.Is(err, store.ErrUnique) { // of two creations at once neither has read the other's
		err = a.c.DB.Read(ctx, func(tx store.Tx) error { return addressIsFree(tx, address) })
		if err == nil {
			err = api.Invalid("/email", "another account had this address until now; ask again")
		}
	}
	if err != nil {
		return api.User{}, err
	}
	if err := a.c.Standings.SettleNew(ctx, u.User); err != nil {
		return api.User{}, err
	}
	return u, nil
}

// addressIsFree refuses an address that an account has, and says which.
func addressIsFree(tx store.Tx, address string) error {
	known, err := register.HandleOf(tx, address)
	if err == nil && known != "" {
		err = api.Invalid("/email", "the account @%s has this address", known)
	}
	return err
}

// Delete erases an account, as its person can (promises, rule 23).
func (a Admin) Delete(ctx context.Context, handle string) (api.User, error) {
	defer a.c.Eraser.Wake()
	return a.act(ctx, register.FindAny, handle, "users.delete", "", func(tx store.Tx, id api.UserID) error {
		_, err := erasure.Begin(tx, id, a.time())
		return err
	})
}
