package account

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// Users lists accounts by handle, ascending, after one; q keeps those whose
// handle or address holds it.
func (s *Service) Users(ctx context.Context, after string, limit int, q string) (users []api.User, err error) {
	query, args := accountsAfter, []any{after, limit}
	if q != "" {
		escaped := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(q))
		query, args = accountsLike, append(args, "%"+escaped+"%")
	}
	err = s.db.Read(ctx, func(tx store.Tx) error {
		var ids []api.UserID
		err := tx.Each(query, func(r store.Row) error {
			var id api.UserID
			if err := r.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
			return nil
		}, args...)
		users = make([]api.User, len(ids))
		for i := range ids {
			if err == nil {
				users[i], err = readUser(tx, ids[i])
			}
		}
		return err
	})
	return users, err
}

// User is the account with a handle.
func (s *Service) User(ctx context.Context, handle string) (u api.User, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) error {
		id, err := findUser(tx, handle)
		if err != nil {
			return err
		}
		u, err = readUser(tx, id)
		return err
	})
	return u, err
}

// Admin changes accounts in somebody's name; each change is audited in its own transaction.
type Admin struct {
	s     *Service
	actor string
}

// As is administration by actor: an account (By), or who owns the machine.
func (s *Service) As(actor string) Admin { return Admin{s, actor} }

// By names an account as an actor. No other actor begins with @.
func By(handle string) string { return "@" + handle }

// CreateUser makes an account whose address needs no code.
func (a Admin) CreateUser(ctx context.Context, in SignUp) (u api.User, err error) {
	address, err := in.check()
	if err != nil {
		return u, err
	}
	hash, err := a.s.hash(ctx, in.Password)
	if err != nil {
		return u, err
	}
	err = a.s.db.InTx(ctx, func(tx store.Tx) error {
		known, err := accountOf(tx, address)
		if err != nil {
			return err
		}
		if known != "" {
			return api.Invalid("/email", "the account @%s has this address", known)
		}
		id := api.NewUserID()
		made := newAccount{user: id, handle: in.Handle, display: in.DisplayName, email: &in.Email, address: &address, password: &hash}
		if err := create(tx, made, a.s.time()); err != nil {
			return err
		}
		if u, err = readUser(tx, id); err != nil {
			return err
		}
		return a.note(tx, "users.create", in.Handle, "")
	})
	if err != nil {
		return api.User{}, err
	}
	if err := a.s.settled(ctx, u.User, 1); err != nil {
		return api.User{}, err
	}
	return u, a.s.acknowledged(ctx, u.User)
}

// Suspend keeps an account from doing anything. It returns once chat refuses its
// actions (promise R); after the problem unavailable the change stands, and the
// call can be repeated. The audit keeps reason, which may be empty.
func (a Admin) Suspend(ctx context.Context, handle, reason string) (api.User, error) {
	if err := text.Name(reason, mostReason); reason != "" && err != nil {
		return api.User{}, api.Invalid("/reason", "%v", err)
	}
	return a.change(ctx, handle, "users.suspend", reason, suspendAccount, a.s.time())
}

// Resume ends a suspension, as Suspend begins one. Sessions go on.
func (a Admin) Resume(ctx context.Context, handle string) (api.User, error) {
	return a.change(ctx, handle, "users.resume", "", resumeAccount)
}

// Grant gives an account a grant.
func (a Admin) Grant(ctx context.Context, handle, grant string) (api.User, error) {
	if err := knownGrant(grant); err != nil {
		return api.User{}, err
	}
	return a.change(ctx, handle, "users.grant", grant, insertGrant, grant, a.s.time())
}

// Ungrant takes it back.
func (a Admin) Ungrant(ctx context.Context, handle, grant string) (api.User, error) {
	if err := knownGrant(grant); err != nil {
		return api.User{}, err
	}
	return a.change(ctx, handle, "users.ungrant", grant, deleteGrant, grant)
}

// mostReason bounds the bytes of why an account is suspended.
const mostReason = 200

func knownGrant(grant string) error {
	if grant != Administrator && grant != LoadTest {
		return api.NewProblem("not_found", "the grants are %s and %s", Administrator, LoadTest)
	}
	return nil
}

// change runs a statement on an account, raises its version when that changed
// something, and waits until chat has it. What is so already is answered the same.
func (a Admin) change(ctx context.Context, handle, act, detail, statement string, args ...any) (u api.User, err error) {
	err = a.s.db.InTx(ctx, func(tx store.Tx) error {
		id, err := findUser(tx, handle)
		if err != nil {
			return err
		}
		n, err := tx.Exec(statement, append([]any{id}, args...)...)
		if err != nil {
			return err
		}
		if n > 0 {
			if _, err := standing.Raise(tx, id); err != nil {
				return err
			}
			if err := a.note(tx, act, handle, detail); err != nil {
				return err
			}
		}
		u, err = readUser(tx, id)
		return err
	})
	if err != nil {
		return api.User{}, err
	}
	a.s.cache.forget(u.User)
	if err := a.s.settled(ctx, u.User, u.Version); err != nil {
		return api.User{}, err
	}
	return u, nil
}

// Note audits a change that is none of an account's, before it is made.
func (a Admin) Note(ctx context.Context, act, object, detail string) error {
	return a.s.db.InTx(ctx, func(tx store.Tx) error { return a.note(tx, act, object, detail) })
}

func (a Admin) note(tx store.Tx, act, object, detail string) error {
	return audit.Note(tx, a.s.time(), a.actor, act, object, detail)
}
