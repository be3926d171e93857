package bustest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chatctl/chatctl/server/bus"
)

// Errors with a fate of their own; all others are Suspect.
var (
	errAway     = errors.New("the database is away")
	errConflict = errors.New("serialization conflict")
	errZombie   = errors.New("another owner took over")
)

// Service is a bus.Consumer on a Ledger, as a service of ours is one on its store.
type Service struct {
	ledger *Ledger
	// fails is asked before a batch is decided and before its results go out; nil is never.
	fails func(b bus.Batch, committed bool) error

	term int64

	mu      sync.Mutex
	results map[string]int // how often each went out
	batches []bus.Batch    // that were committed or republished
	probes  int
	busy    int // Apply calls at this moment
	most    int
}

func newService(l *Ledger) *Service { return &Service{ledger: l, results: make(map[string]int)} }

// Take takes the partition over.
func (s *Service) Take(context.Context, int, string) (published, pos int64, err error) {
	term, at := s.ledger.takeOver()
	s.term = term
	return at.Published, at.Pos, nil
}

// Apply decides b's records once each, then publishes the outcome of all.
func (s *Service) Apply(_ context.Context, b bus.Batch) error {
	s.enter(1)
	defer s.enter(-1)
	if !b.Decided {
		if err := s.fail(b, false); err != nil {
			return err
		}
		if err := s.transact(b, false); err != nil {
			return err
		}
	}
	if err := s.fail(b, true); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(b.Records) == 0 {
		s.probes++
		return nil
	}
	s.batches = append(s.batches, b)
	for _, r := range b.Records {
		s.results[name(r)]++
	}
	return nil
}

// Hold sets the one record of b aside.
func (s *Service) Hold(_ context.Context, b bus.Batch, _ error) error { return s.transact(b, true) }

// Fate tells retryable errors from others.
func (s *Service) Fate(err error) bus.Fate {
	switch {
	case errors.Is(err, errAway):
		return bus.Retry
	case errors.Is(err, errConflict):
		return bus.Shrink
	case errors.Is(err, errZombie), errors.Is(err, bus.ErrNotGapless):
		return bus.Stop
	}
	return bus.Suspect
}

// transact is the fence and the decisions (promises, rule 6).
func (s *Service) transact(b bus.Batch, hold bool) error {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.term != s.term:
		return errZombie
	case l.row.Pos == b.Pos && b.Pos != b.Expected:
		return nil // committed before
	case l.row.Pos != b.Expected && l.row.Pos < b.Pos:
		return fmt.Errorf("%w: the position is %d, the batch goes from %d to %d", bus.ErrNotGapless, l.row.Pos, b.Expected, b.Pos)
	case l.row.Pos > b.Pos:
		return nil // a larger batch was committed before, and is run again in parts
	}
	n := line{row: row{Pos: b.Pos, Published: b.Published}}
	for _, r := range b.Records {
		id := name(r)
		if _, is := l.decided[id]; is || slices.Contains(n.Decided, id) {
			continue
		}
		if hold {
			n.Held = append(n.Held, id)
		} else {
			n.Decided = append(n.Decided, id)
		}
	}
	return l.commit(n)
}

func (s *Service) fail(b bus.Batch, committed bool) error {
	if s.fails == nil {
		return nil
	}
	return s.fails(b, committed)
}

func (s *Service) enter(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy += n
	s.most = max(s.most, s.busy)
}

// seen is a copy of what was committed or published again.
func (s *Service) seen() (batches []bus.Batch, results map[string]int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	results = make(map[string]int, len(s.results))
	for id, n := range s.results {
		results[id] = n
	}
	return append(batches, s.batches...), results
}

// name is the record's id: its value without padding.
func name(r bus.Record) string { return string(bytes.TrimRight(r.Value, " ")) }

// records are records whose values are their ids, KEY/N.
func records(ids ...string) []bus.Record {
	recs := make([]bus.Record, len(ids))
	for i, id := range ids {
		key, _, _ := split(id)
		sum := sha256.Sum256([]byte(key))
		recs[i] = bus.Record{Key: [16]byte(sum[:16]), Value: []byte(id)}
	}
	return recs
}
