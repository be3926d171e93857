package measure

import (
	"iter"
	"slices"
)

// Message is what a receiver reads off one delivery.
type Message struct {
	Sender int   // its number in the test
	N      int64 // the sender's own count: 0, 1, 2 …
	Floor  int64 // how many of its messages the sender had seen accepted, without a gap, when this one left
	Seq    int64 // the place that the server gave it in the conversation
	Pulled bool  // it was asked for, not pushed: its reader puts it in its place itself
}

// Counts are what a Ledger found. Every delivery is in exactly one of Delivered,
// Duplicated and Alien; those out of order are in Delivered as well.
type Counts struct {
	Delivered  int64 // messages that came for the first time
	Duplicated int64 // deliveries of a message that had come before
	OutOfOrder int64 // messages that came after one that the server placed, or had to place, behind them
	Alien      int64 // deliveries of a message that none of the expected senders sent
	Repaired   int64 // of Delivered: those that were pulled
}

// Add sums up.
func (c *Counts) Add(o Counts) {
	c.Delivered += o.Delivered
	c.Duplicated += o.Duplicated
	c.OutOfOrder += o.OutOfOrder
	c.Alien += o.Alien
	c.Repaired += o.Repaired
}

// Ledger is one receiver's account of one conversation: what came, how often and
// in which order. Loss and duplicates are judged by the senders' own numbers, so
// that a server which numbers wrongly cannot hide them. Order is judged twice:
// seq must rise, and a message must not come after one that its sender sent only
// when it had already seen this one accepted. A Ledger belongs to one goroutine.
type Ledger struct {
	counts  Counts
	lastSeq int64
	seqs    track // places of the conversation that came
	pulled  int64 // up to here a place may come by push and by pull
	first   int   // number of the first sender
	tracks  []track
}

// track is what came from one sender. Invariant: each number below next either
// came, or lies in one of the missing spans, which ascend and do not touch.
type track struct {
	next    int64
	floor   int64 // the highest floor that came
	missing []span
}

type span struct{ from, to int64 } // [from, to)

// NewLedger expects messages of the n senders that are numbered from first on.
func NewLedger(first, n int) *Ledger {
	return &Ledger{first: first, tracks: make([]track, n)}
}

// Begin says that the conversation stands at seq and that nothing up to there is
// awaited. Without it, the first place that comes is the first that is awaited.
func (l *Ledger) Begin(seq int64) {
	l.seqs = track{next: seq + 1}
	l.lastSeq = seq
}

// Behind says that the conversation is known to reach to seq.
func (l *Ledger) Behind(seq int64) {
	if l.seqs.next == 0 {
		l.Begin(seq)
	}
	if seq >= l.seqs.next {
		l.seqs.missing = append(l.seqs.missing, span{l.seqs.next, seq + 1})
		l.seqs.next = seq + 1
	}
}

// Gap is where to pull from: every place up to after came, and the next did not
// although a later one did, or is known to exist.
func (l *Ledger) Gap() (after int64, ok bool) {
	if len(l.seqs.missing) == 0 {
		return l.seqs.next - 1, false
	}
	return l.seqs.missing[0].from - 1, true
}

// Other enters an entry that is not a message of the test.
func (l *Ledger) Other(seq int64) { l.place(seq, false) }

// place marks a seq and reports whether it came for the first time.
func (l *Ledger) place(seq int64, pulled bool) bool {
	if l.seqs.next == 0 {
		l.Begin(seq - 1)
	}
	if pulled {
		l.pulled = max(l.pulled, seq)
	}
	return l.seqs.take(seq)
}

// Note enters one delivery and reports whether the message came for the first
// time. What comes both by push and by pull is not a duplicate: a reader that
// repairs a gap drops the second.
func (l *Ledger) Note(m Message) bool {
	i := m.Sender - l.first
	if i < 0 || i >= len(l.tracks) || m.N < 0 {
		l.counts.Alien++
		return false
	}
	fresh := l.place(m.Seq, m.Pulled)
	t := &l.tracks[i]
	if !t.take(m.N) {
		if fresh || !m.Pulled && m.Seq > l.pulled {
			l.counts.Duplicated++
		}
		return false
	}
	l.counts.Delivered++
	if m.Pulled {
		l.counts.Repaired++
	} else if m.Seq <= l.lastSeq || m.N < t.floor {
		l.counts.OutOfOrder++
	}
	l.lastSeq = max(l.lastSeq, m.Seq)
	t.floor = max(t.floor, m.Floor)
	return true
}

// Counts are the counts so far.
func (l *Ledger) Counts() Counts { return l.counts }

// Missing yields the numbers below sent that have not come from a sender.
func (l *Ledger) Missing(sender int, sent int64) iter.Seq[int64] {
	t := &l.tracks[sender-l.first]
	return func(yield func(int64) bool) {
		for _, s := range append(slices.Clip(t.missing), span{t.next, sent}) {
			for n := s.from; n < min(s.to, sent); n++ {
				if !yield(n) {
					return
				}
			}
		}
	}
}

// take marks n as come and reports false when it was already.
func (t *track) take(n int64) bool {
	switch {
	case n == t.next:
		t.next++
		return true
	case n > t.next:
		t.missing = append(t.missing, span{t.next, n})
		t.next = n + 1
		return true
	}
	for i, s := range t.missing {
		if n < s.from || n >= s.to {
			continue
		}
		left, right := span{s.from, n}, span{n + 1, s.to}
		var stay []span
		for _, r := range []span{left, right} {
			if r.from < r.to {
				stay = append(stay, r)
			}
		}
		t.missing = append(t.missing[:i], append(stay, t.missing[i+1:]...)...)
		return true
	}
	return false
}
