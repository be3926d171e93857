package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/store"
)

// Renew makes a restored database one of its own: every session, ticket and code
// is void, the accounts in erased are erased again, and every account has a new
// version, which chat is told before anybody is served (TellAnew), since its
// store may be of an earlier moment (promises, rule 22). of is the moment of the backup.
func (s *Service) Renew(ctx context.Context, of string, erased []api.Erased) error {
	err := s.db.InTx(ctx, func(tx store.Tx) error {
		for _, statement := range []string{dropSessions, dropTickets, dropCodes, dropErased} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		for _, e := range erased {
			if err := s.eraseAgain(tx, e.User); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(renewAccounts); err != nil {
			return err
		}
		return s.As("owner").note(tx, "backup.restore", of, fmt.Sprintf("%d accounts of the erasure list", len(erased)))
	})
	if err != nil {
		return fmt.Errorf("renewing the accounts: %w", err)
	}
	return nil
}

// eraseAgain erases an account that was erased after the backup (promises, rule
// 23). It begins anew for one that is deleted already: chat's store is of an
// earlier moment and may have its messages still. An account that was made after
// the backup is not there.
func (s *Service) eraseAgain(tx store.Tx, user api.UserID) error {
	_, err := s.erase(tx, user)
	switch {
	case errors.Is(err, store.ErrNoRow):
		return nil
	case err != nil:
		return err
	}
	return erasure.Begin(tx, user, s.time())
}
