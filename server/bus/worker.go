package bus

import (
	"context"
	"fmt"
	"log/slog"
)

// After so many batches in a row that went well a halved batch is doubled.
const wellBeforeDoubling = 8

// worker is the loop of one partition. One goroutine uses it.
type worker struct {
	bus   *Log
	log   *slog.Logger
	place place
	c     Consumer
	p     Partition

	// Invariant: published <= pos, and window begins with the first record
	// whose result has not gone out.
	published int64 // up to where results have gone out
	pos       int64 // up to where records are decided
	seen      int64 // the last number that arrived
	window    window

	limit int // records of a batch
	well  int // batches in a row that went well

	// Records of a batch that failed, and may have been committed nonetheless: what
	// follows them is not cut together with them, since a batch begins where the
	// position stands.
	again int
	alone bool // each of them is a batch

	conflicts backoff // between Shrink and the next try
}

// run works until ctx ends or the partition stops. Handling runs in work, which
// outlives ctx a little, so that a batch that has begun is finished.
func (w *worker) run(ctx, work context.Context) error {
	err := w.insist(ctx, func() (err error) {
		w.published, w.pos, err = w.c.Take(work, w.p.Number(), w.p.LogID())
		return err
	})
	if err != nil {
		return fmt.Errorf("taking over: %w", err)
	}
	if w.published > w.pos {
		return fmt.Errorf("the position row says published %d beyond pos %d", w.published, w.pos)
	}
	if err := w.p.Start(ctx, w.published); err != nil {
		return fmt.Errorf("reading from %d on: %w", w.published+1, err)
	}
	w.seen = w.published
	w.stand()
	for {
		if err := w.step(ctx, work); err != nil {
			return err
		}
	}
}

// step handles one batch of what is there.
func (w *worker) step(ctx, work context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.fill(ctx); err != nil {
		return err
	}
	b := w.cut()
	switch err := w.try(ctx, func() error { return w.apply(work, b) }); fateOf(err) {
	case done:
	case Shrink:
		w.limit, w.well, w.again = max(1, len(b.Records)/2), 0, max(w.again, len(b.Records))
		w.bus.failed(w.place, err)   // too usual for a line of its own
		return w.conflicts.wait(ctx) // and cut again, smaller
	case Suspect:
		if len(b.Records) > 1 {
			w.again, w.alone = max(w.again, len(b.Records)), true
			w.log.WarnContext(ctx, "batch fails, running its records one by one", "number", b.Number, "records", len(b.Records), "err", err)
			return nil
		}
		if err := w.doubt(ctx, work, b, err); err != nil {
			return err
		}
	default:
		return err
	}
	return w.settle(work, b)
}

// fill waits for a stored message and takes what else is there, without a timer.
func (w *worker) fill(ctx context.Context) error {
	if w.window.empty() {
		s, err := w.p.Next(ctx)
		if err != nil {
			return err
		}
		if err := w.arrived(s); err != nil {
			return err
		}
	}
	for w.window.records < w.limit && w.window.bytes < maxBatchBytes {
		s, ok, err := w.p.TryNext()
		if err != nil {
			return err
		}
		if !ok {
			return nil
		}
		if err := w.arrived(s); err != nil {
			return err
		}
	}
	return nil
}

// arrived checks that s follows what was seen (measured, C.2).
func (w *worker) arrived(s Stored) error {
	if s.Number != w.seen+1 {
		return fmt.Errorf("%w: message %d came after %d", ErrNotGapless, s.Number, w.seen)
	}
	w.seen = s.Number
	w.window.push(s)
	return nil
}

// cut makes the next batch of the window.
func (w *worker) cut() Batch {
	limit := w.limit
	if w.again > 0 {
		limit = min(limit, w.again)
	}
	if w.alone {
		limit = 1
	}
	s := w.window.cut(limit, w.pos)
	return Batch{
		Partition: w.p.Number(), LogID: w.p.LogID(), Records: s.records,
		Expected: w.pos, Pos: max(w.pos, s.whole), Published: w.published,
		Number: s.last, Decided: s.last <= w.pos,
	}
}

// settle moves on behind b, whose records are decided and whose results are out.
func (w *worker) settle(work context.Context, b Batch) error {
	w.window.settle(len(b.Records))
	w.conflicts = backoff{}
	switch {
	case b.Decided && (w.window.empty() || w.window.stored[0].Number > b.Number):
		w.published = b.Number
	case b.Pos > b.Expected:
		w.pos, w.published = b.Pos, b.Pos
	}
	w.stand()
	if !w.alone {
		if w.well++; w.well >= wellBeforeDoubling {
			w.limit, w.well = min(2*w.limit, w.bus.opts.MaxBatch), 0
		}
	}
	if w.again = max(0, w.again-len(b.Records)); w.again == 0 {
		w.alone = false
	}
	if b.Decided {
		return nil
	}
	return w.purge(work, b)
}

// purge lets go what lies below the published position that b's transaction
// wrote: only that is known to the next owner (promises, rule 9).
func (w *worker) purge(work context.Context, b Batch) error {
	below := b.Published
	if w.bus.opts.Faults.PurgeCommitted {
		below = b.Pos
	}
	if below == 0 {
		return nil
	}
	if err := w.p.Purge(work, below); err != nil {
		return fmt.Errorf("purging below %d: %w", below, err)
	}
	return nil
}
