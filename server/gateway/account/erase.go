package account

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// Erase deletes the person's own account: nothing can be done with it once this
// has returned (promise R), and its messages become tombstones soon after
// (promises, rule 23). After the problem unavailable the change stands and goes
// on, and the call can be repeated, with what Erased returns.
func (s *Service) Erase(ctx context.Context, p session.Principal, plain, addr string) error {
	if p.Ended {
		return s.eraseRepeated(ctx, p.User)
	}
	if !p.Throwaway { // that one has no password
		if _, err := s.guard.Prove(ctx, p.Handle, plain, addr); err != nil {
			return err
		}
	}
	var version int64
	err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
		if version, err = erasure.Begin(tx, p.User, s.time()); err != nil {
			return err
		}
		return session.Keep(tx, p.Session, s.time())
	})
	if err != nil {
		return err
	}
	return s.erased(ctx, p.User, version)
}

// eraseRepeated waits for what a first call had begun.
func (s *Service) eraseRepeated(ctx context.Context, user api.UserID) error {
	var version int64
	err := s.db.Read(ctx, func(tx store.Tx) (err error) {
		version, err = standing.Version(tx, user)
		return err
	})
	if err != nil {
		return err
	}
	return s.erased(ctx, user, version)
}

// erased waits until chat knows that an account is deleted.
func (s *Service) erased(ctx context.Context, user api.UserID, version int64) error {
	s.Forget(user)
	err := s.standings.Settle(ctx, user, version)
	s.eraser.Wake()
	return err
}
