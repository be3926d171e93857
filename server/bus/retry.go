package bus

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// A record that fails so often alone, while the database works, is held (promises, rule 7).
const failuresBeforeHeld = 5

// done is the fate of what succeeded.
const done Fate = -1

// failure is an error whose fate is known.
type failure struct {
	fate Fate
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// panicked is a panic of a consumer as an error.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// fateOf is done for nil and Stop for what try did not classify, such as the end of its context.
func fateOf(err error) Fate {
	var f *failure
	switch {
	case err == nil:
		return done
	case errors.As(err, &f):
		return f.fate
	}
	return Stop
}

// once calls fn and classifies how it ended. A panic is Suspect.
func (w *worker) once(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &failure{Suspect, &panicked{v, debug.Stack()}}
		}
	}()
	if err := fn(); err != nil {
		return &failure{w.c.Fate(err), err}
	}
	return nil
}

// try calls fn until it ends in another way than Retry, for ever and in place.
func (w *worker) try(ctx context.Context, fn func() error) error {
	return w.until(ctx, fn, func(f Fate) bool { return f != Retry })
}

// insist calls fn until it succeeds or the partition has to stop.
func (w *worker) insist(ctx context.Context, fn func() error) error {
	return w.until(ctx, fn, func(f Fate) bool { return f == Stop })
}

func (w *worker) until(ctx context.Context, fn func() error, final func(Fate) bool) error {
	var pause backoff
	for {
		err := w.once(fn)
		if err == nil {
			w.goesOn(ctx)
			return nil
		}
		if fate := fateOf(err); fate != Stop && ctx.Err() != nil {
			return ctx.Err()
		} else if final(fate) {
			return err
		}
		w.fails(ctx, err)
		if err := pause.wait(ctx); err != nil {
			return err
		}
	}
}

// doubt deals with the one record of b, which failed with cause: it is tried
// again until it has failed five times with a working database in between.
func (w *worker) doubt(ctx, work context.Context, b Batch, cause error) error {
	var pause backoff
	probe := Batch{Partition: b.Partition, LogID: b.LogID, Expected: b.Expected, Pos: b.Expected, Published: b.Published, Number: b.Number}
	for failures := 1; ; failures++ {
		if err := w.insist(ctx, func() error { return w.c.Apply(work, probe) }); err != nil {
			return err
		}
		if failures == failuresBeforeHeld {
			return w.hold(ctx, work, b, cause)
		}
		if err := pause.wait(ctx); err != nil {
			return err
		}
		// One record cannot be halved: a conflict is only tried again.
		err := w.until(ctx, func() error { return w.c.Apply(work, b) }, func(f Fate) bool { return f != Retry && f != Shrink })
		if fateOf(err) != Suspect {
			return err
		}
		cause = err
	}
}

// hold gives the record to the administrators. The outcome of a record that was
// decided before is stored and can be asked for: it is only passed over.
func (w *worker) hold(ctx, work context.Context, b Batch, cause error) error {
	attrs := []any{"number", b.Number, "failures", failuresBeforeHeld, "err", cause}
	var p *panicked
	if errors.As(cause, &p) {
		attrs = append(attrs, "stack", string(p.stack))
	}
	if b.Decided {
		w.log.ErrorContext(ctx, "result could not be published again", attrs...)
		return nil
	}
	if f := (*failure)(nil); errors.As(cause, &f) {
		cause = f.err
	}
	if err := w.insist(ctx, func() error { return w.c.Hold(work, b, cause) }); err != nil {
		return fmt.Errorf("holding a record of message %d: %w", b.Number, err)
	}
	w.log.ErrorContext(ctx, "record held", attrs...)
	return nil
}

// fails notes a failed try: one line an incident.
func (w *worker) fails(ctx context.Context, err error) {
	if w.bus.failed(w.place, err) {
		w.log.WarnContext(ctx, "partition waits and tries again", "pos", w.pos, "err", err)
	}
}

func (w *worker) goesOn(ctx context.Context) {
	if d := w.bus.recovered(w.place); d >= pausedAfter {
		w.log.InfoContext(ctx, "partition goes on", "pos", w.pos, "after", d.Round(time.Second))
	}
}
