package office

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

const firstPrefix = "chatctlfirst_"

// First draws the one-time token that makes an account the first administrator;
// one that was drawn before is worth nothing then. It returns "" where there is
// an administrator already (security, administration).
func (o *Office) First(ctx context.Context) (token string, err error) {
	drawn, digest := secret.New(firstPrefix)
	err = o.c.DB.InTx(ctx, func(tx store.Tx) error {
		token = ""
		var n int64
		if err := tx.Row(administrators, register.Administrator).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			_, err := tx.Exec(dropFirst)
			return err
		}
		token = drawn
		_, err := tx.Exec(putFirst, digest[:])
		return err
	})
	return token, err
}

// BecomeFirst makes the person an administrator for the token of First; of
// several calls one gets it.
func (o *Office) BecomeFirst(ctx context.Context, p session.Principal, token string) error {
	digest, ok := secret.Of(firstPrefix, token)
	if !ok {
		return notFirst()
	}
	err := o.c.DB.InTx(ctx, func(tx store.Tx) error {
		n, err := tx.Exec(takeFirst, digest[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return notFirst()
		}
		if _, err := tx.Exec(insertGrant, p.User, register.Administrator, o.time()); err != nil {
			return err
		}
		if _, err := standing.Raise(tx, p.User); err != nil {
			return err
		}
		return audit.Note(tx, o.time(), By(p.Handle), "users.grant", p.Handle, "first administrator")
	})
	o.c.Sessions.Forget(p.User)
	return err
}

func notFirst() error {
	return api.NewProblem("forbidden", "the token is wrong or used; where no account administers, a new one lies in the data directory after a restart")
}
