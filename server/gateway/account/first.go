package account

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

const firstPrefix = "chatctlfirst_"

// First draws the one-time token that makes an account the first administrator;
// one that was drawn before is worth nothing then. It returns "" where there is
// an administrator already (security, administration).
func (s *Service) First(ctx context.Context) (token string, err error) {
	drawn, digest := secret.New(firstPrefix)
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		token = ""
		var n int64
		if err := tx.Row(administrators, Administrator).Scan(&n); err != nil {
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
func (s *Service) BecomeFirst(ctx context.Context, p Principal, token string) error {
	digest, ok := secret.Of(firstPrefix, token)
	if !ok {
		return notFirst()
	}
	err := s.db.InTx(ctx, func(tx store.Tx) error {
		n, err := tx.Exec(takeFirst, digest[:])
		if err != nil {
			return err
		}
		if n == 0 {
			return notFirst()
		}
		if _, err := tx.Exec(insertGrant, p.User, Administrator, s.time()); err != nil {
			return err
		}
		if _, err := standing.Raise(tx, p.User); err != nil {
			return err
		}
		return audit.Note(tx, s.time(), By(p.Handle), "users.grant", p.Handle, "first administrator")
	})
	s.cache.forget(p.User)
	return err
}

func notFirst() error {
	return api.NewProblem("forbidden", "the token is wrong or used; where no account administers, a new one lies in the data directory after a restart")
}
