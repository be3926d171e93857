package witness

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/store"
)

// Every bounds how much may be decided that an old copy of chat's store and log can lack unnoticed.
const Every = 5 * time.Second

// Watcher keeps what is seen. Its methods are called by one goroutine at a time.
type Watcher struct {
	accounts store.DB
	see      func(context.Context) ([]Place, error)
	log      *slog.Logger

	last    []Place
	failing bool
}

// NewWatcher makes a watcher that sees with see.
func NewWatcher(accounts store.DB, log *slog.Logger, see func(context.Context) ([]Place, error)) *Watcher {
	return &Watcher{accounts: accounts, see: see, log: log}
}

// Run looks so often until ctx ends.
func (w *Watcher) Run(ctx context.Context, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := w.Look(ctx); err != nil {
			return err
		}
	}
}

// Look keeps what is seen now, where that has grown. What fails is tried at the
// next look; only a broken database is an error (promises, rule 20).
func (w *Watcher) Look(ctx context.Context) error {
	err := w.look(ctx)
	if errors.Is(err, store.ErrBroken) {
		return err
	}
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) && !w.failing {
		w.log.WarnContext(ctx, "not noted beside the accounts how far chat's database is", "err", err)
	}
	w.failing = err != nil
	return nil
}

func (w *Watcher) look(ctx context.Context) error {
	now, err := w.see(ctx)
	if err != nil || slices.Equal(now, w.last) {
		return err
	}
	if err := Keep(ctx, w.accounts, now); err != nil {
		return err
	}
	w.last = now
	return nil
}
