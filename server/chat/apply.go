package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/decide"
	"github.com/chatctl/chatctl/server/store"
)

// actions consumes actions.chat.
type actions struct{ *owner }

// Take takes a partition over and lets the heads of what moved lately be repeated.
func (a *actions) Take(ctx context.Context, partition int, logID string) (published, pos int64, err error) {
	published, pos, err = a.owner.Take(ctx, partition, logID)
	if err == nil {
		a.heads.takenOver()
	}
	return published, pos, err
}

// Apply decides a batch and then tells its results (bus.Consumer).
func (a *actions) Apply(ctx context.Context, b bus.Batch) error {
	if b.Decided {
		return a.again(ctx, b)
	}
	return a.commit(ctx, b, func(r *decide.Run) error {
		for _, rec := range b.Records {
			if err := r.Record(rec.Value); err != nil {
				return err
			}
		}
		return nil
	})
}

// Hold sets the record of b aside (bus.Consumer).
func (a *actions) Hold(ctx context.Context, b bus.Batch, cause error) error {
	return a.commit(ctx, b, func(r *decide.Run) error {
		return r.Hold(b.Records[0].Value, cause)
	})
}

// try begins a try at b. A transaction may run twice: nothing of an earlier one is kept.
func (a *actions) try(tx store.Tx, b bus.Batch) *decide.Run {
	return decide.New(&a.rules, tx, a.topic, b, api.TimeOf(a.now()))
}

// commit runs do behind the fence in one transaction, then tells the news.
func (a *actions) commit(ctx context.Context, b bus.Batch, do func(*decide.Run) error) error {
	var r *decide.Run
	began := time.Now()
	err := a.inTx(ctx, func(tx store.Tx) error {
		r = a.try(tx, b)
		if err := a.fence(tx, b); err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
		if err := r.Finish(); err != nil {
			return err
		}
		if a.faults.PublishBeforeCommit {
			a.tell(r.News())
			<-time.After(50 * time.Millisecond) // so that a kill finds the gap
		}
		return nil
	})
	switch {
	case errors.Is(err, errCommitted):
		return a.again(ctx, b)
	case err != nil:
		return fmt.Errorf("deciding %d records up to %s/%d:%d: %w", len(b.Records), a.topic, b.Partition, b.Number, err)
	}
	if !a.faults.PublishBeforeCommit {
		a.tell(r.News())
	}
	if a.count != nil {
		r.Decided(a.count)
	}
	if a.span != nil {
		for _, parent := range r.Traces() {
			a.span(parent, "chat decide", began, time.Now())
		}
	}
	a.recent.add(b, a.term(b.Partition), api.TimeOf(a.now()), r.Actions())
	if r.Leftovers() {
		select {
		case a.leftovers <- struct{}{}:
		default:
		}
	}
	a.heads.moved(r.Last())
	return nil
}

// again tells the stored outcomes of a batch that was decided before.
func (a *actions) again(ctx context.Context, b bus.Batch) error {
	var r *decide.Run
	err := a.db.Read(ctx, func(tx store.Tx) error {
		r = a.try(tx, b)
		for _, rec := range b.Records {
			if err := r.Again(rec.Value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("telling outcomes up to %s/%d:%d again: %w", a.topic, b.Partition, b.Number, err)
	}
	a.tell(r.News())
	return nil
}

// tell sends news to who listens.
func (o *owner) tell(items []bus.Item) {
	if len(items) > 0 {
		o.live.Send(items)
	}
}
