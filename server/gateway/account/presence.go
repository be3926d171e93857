package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

// ShowPresence decides whether others may see that the person is connected, and
// that they type. Who hides sees nobody else's either; those who watched see it
// within a minute (promise P).
func (s *Service) ShowPresence(ctx context.Context, p session.Principal, shown bool) error {
	hidden := int64(1)
	if shown {
		hidden = 0
	}
	return s.db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(setHidden, p.User, hidden)
		return err
	})
}

// Hidden are those of users who do not show their presence.
func (s *Service) Hidden(ctx context.Context, users ...api.UserID) (hidden map[api.UserID]bool, err error) {
	err = s.db.Read(ctx, func(tx store.Tx) error {
		hidden = map[api.UserID]bool{}
		for _, u := range users {
			var is int64
			err := tx.Row(hiddenOfUser, u).Scan(&is)
			if err != nil && !errors.Is(err, store.ErrNoRow) {
				return err
			}
			if is != 0 {
				hidden[u] = true
			}
		}
		return nil
	})
	return hidden, err
}
