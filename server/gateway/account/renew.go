package account

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/audit"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/witness"
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
		if err := witness.Forget(tx); err != nil { // chat's restored store begins new logs
			return err
		}
		for _, e := range erased {
			if err := erasure.Again(tx, e.User, s.time()); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(renewAccounts); err != nil {
			return err
		}
		return audit.Note(tx, s.time(), "owner", "backup.restore", of, fmt.Sprintf("%d accounts of the erasure list", len(erased)))
	})
	if err != nil {
		return fmt.Errorf("renewing the accounts: %w", err)
	}
	return nil
}
