package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/chat/removal"
	"github.com/chatctl/chatctl/server/store"
)

// clearBatch is how many rows are cleared in one transaction, so that those who
// talk meanwhile do not wait.
const clearBatch = 500

// clear takes out of the rows what nobody may read from the purge or the removal on,
// until ctx ends. Where it ended, or was killed, the next start goes on. A failure
// waits for the next of them, or a minute.
func (s *Service) clear(ctx context.Context) error {
	again := time.NewTicker(time.Minute)
	defer again.Stop()
	for {
		for _, some := range []func(tx store.Tx, rows int) (more bool, err error){clearTexts, removal.Some} {
			switch err := s.repeat(ctx, some); {
			case errors.Is(err, store.ErrBroken):
				return fmt.Errorf("clearing rows: %w", err)
			case err != nil && ctx.Err() == nil:
				s.log.WarnContext(ctx, "what was purged or removed is not cleared yet", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.leftovers:
		case <-again.C:
		}
	}
}

// repeat calls some, each time in a transaction of its own, until it leaves nothing.
func (s *Service) repeat(ctx context.Context, some func(store.Tx, int) (more bool, err error)) error {
	for more := true; more; {
		err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
			more, err = some(tx, clearBatch)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
