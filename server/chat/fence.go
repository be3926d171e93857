package chat

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/store"
)

// errFenced stops a partition: its position row is not what this owner left
// there. Another owner took it over, or a row was lost.
var errFenced = errors.New("the partition's position has another owner")

// errCommitted ends a transaction that has nothing to do: an earlier try, whose
// commit was not known to have happened, had gone through (promises, rule 8).
var errCommitted = errors.New("the batch was committed before")

// Position is where a partition of a log stands, for the engine that opens it.
type Position struct {
	Partition int
	LogID     string // names the stream
	Created   bool   // MarkCreated was called: the stream must be there
	Pos       int64  // decided up to here
	Published int64  // results went out up to here
}

// Positions tells where the topic's partitions stand in their newest logs. A
// topic that has none yet gets partition 0 of a new log.
func (s *Service) Positions(ctx context.Context, topic string) (ps []Position, err error) {
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		if ps, err = positions(tx, topic); err != nil || len(ps) > 0 {
			return err
		}
		p := Position{LogID: newLogID()}
		_, err := tx.Exec(newPosition, topic, p.Partition, p.LogID, int64(0), "")
		ps = append(ps, p)
		return err
	})
	return ps, err
}

func positions(tx store.Tx, topic string) (ps []Position, err error) {
	err = tx.Each(newestPositions, func(row store.Row) error {
		var p Position
		err := row.Scan(&p.Partition, &p.LogID, &p.Created, &p.Pos, &p.Published)
		ps = append(ps, p)
		return err
	}, topic)
	return ps, err
}

func newLogID() string { return api.NewEpoch().String() }

// MarkCreated notes that the topic's newest logs exist on disk: from now on one
// that is missing is a loss, not a beginning (measured, C3).
func (s *Service) MarkCreated(ctx context.Context, topic string) error {
	return s.db.InTx(ctx, func(tx store.Tx) error {
		ps, err := positions(tx, topic)
		if err != nil {
			return err
		}
		for _, p := range ps {
			if _, err := tx.Exec(markCreated, topic, p.Partition, p.LogID); err != nil {
				return err
			}
		}
		return nil
	})
}

// AcceptLoss notes that the topic's log was made anew after its positions,
// whatever it still held: nothing at or below pos will come again, so results
// count as gone out up to there. The rows keep why, and the store begins a new
// epoch, so that clients start from the heads.
func (s *Service) AcceptLoss(ctx context.Context, topic string) error {
	err := s.db.InTx(ctx, func(tx store.Tx) error {
		ps, err := positions(tx, topic)
		if err != nil {
			return err
		}
		for _, p := range ps {
			note := fmt.Sprintf("%s: loss accepted at pos %d, published %d", api.TimeOf(s.now()), p.Pos, p.Published)
			if _, err := tx.Exec(acceptLoss, topic, p.Partition, p.LogID, note); err != nil {
				return err
			}
		}
		epoch := api.NewEpoch()
		_, err = tx.Exec(setEpoch, epoch[:])
		return err
	})
	if err == nil {
		s.log.WarnContext(ctx, "log loss accepted", "topic", topic)
	}
	return err
}

// Renew makes a restored store one of its own: a new epoch, so that clients start
// from the heads, and for each topic a new log that begins at 0, with no word of
// the old one's places (promises, rules 6 and 22).
func (s *Service) Renew(ctx context.Context, note string) error {
	return s.db.InTx(ctx, func(tx store.Tx) error {
		for _, name := range []string{topic.ActionsChat, topic.Accounts} {
			ps, err := positions(tx, name)
			if err != nil {
				return err
			}
			logID := newLogID()
			for _, p := range ps {
				if _, err := tx.Exec(newPosition, name, p.Partition, logID, int64(0), note); err != nil {
					return err
				}
			}
		}
		if _, err := tx.Exec(forgetPlaces); err != nil {
			return err
		}
		epoch := api.NewEpoch()
		_, err := tx.Exec(setEpoch, epoch[:])
		return err
	})
}

// owner holds the terms under which this process owns a topic's partitions.
type owner struct {
	*Service
	topic string

	mu    sync.Mutex
	terms map[int]int64 // by partition
}

func newOwner(s *Service, topic string) *owner {
	return &owner{Service: s, topic: topic, terms: map[int]int64{}}
}

// Take takes a partition over (bus.Consumer).
func (o *owner) Take(ctx context.Context, partition int, logID string) (published, pos int64, err error) {
	var term int64
	err = o.inTx(ctx, func(tx store.Tx) error {
		err := tx.Row(takeOver, o.topic, partition, logID).Scan(&term, &pos, &published)
		if errors.Is(err, store.ErrNoRow) {
			term, pos, published = 1, 0, 0
			_, err = tx.Exec(newPosition, o.topic, partition, logID, term, "")
		}
		return err
	})
	if err != nil {
		return 0, 0, fmt.Errorf("taking over %s/%d: %w", o.topic, partition, err)
	}
	o.mu.Lock()
	o.terms[partition] = term
	o.mu.Unlock()
	return published, pos, nil
}

// term is that under which this process owns a partition.
func (o *owner) term(partition int) int64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.terms[partition]
}

// fence moves the position with b, or says why b must not be decided (promises, rule 6).
func (o *owner) fence(tx store.Tx, b bus.Batch) error {
	mine := o.term(b.Partition)
	n, err := tx.Exec(moveOn, o.topic, b.Partition, b.LogID, mine, b.Expected, b.Pos, b.Published)
	if err != nil || n == 1 {
		return err
	}
	var term, pos int64
	err = tx.Row(positionNow, o.topic, b.Partition, b.LogID).Scan(&term, &pos)
	switch {
	case err != nil && !errors.Is(err, store.ErrNoRow):
		return err
	case err == nil && term == mine && pos >= b.Pos && pos > b.Expected: // b, or a batch that b is a part of
		return errCommitted
	}
	return fmt.Errorf("%s/%d of log %s: %w: term %d, not %d; pos %d, not %d", o.topic, b.Partition, b.LogID, errFenced, term, mine, pos, b.Expected)
}

// Fate classifies errors (promises, rule 7).
func (o *owner) Fate(err error) bus.Fate {
	switch {
	case errors.Is(err, errFenced), errors.Is(err, topic.ErrNewer), errors.Is(err, store.ErrBroken):
		return bus.Stop
	case errors.Is(err, store.ErrTransient), errors.Is(err, store.ErrUnknown), errors.Is(err, store.ErrFull),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return bus.Retry
	}
	return bus.Suspect
}
