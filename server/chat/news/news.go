// Package news gathers what a batch tells on the live channel, in order: entries,
// results, who joined what, and versions. It writes each once, for everybody who
// is entitled to it, and leaves the sending to whoever has committed the batch.
//
// A News is of one goroutine. Its items may be kept after that.
package news

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/frame"
	"github.com/chatctl/chatctl/server/chat/read"
	"github.com/chatctl/chatctl/server/store"
)

// Room for live items is made in chunks, each twice as large as the one before:
// most batches are small, and a slow reader that holds one item holds its chunk.
const (
	firstChunk   = 2 << 10
	largestChunk = 64 << 10
)

// News is what a batch tells on the live channel, in order.
type News struct {
	Items   []bus.Item
	buf     []byte // the chunk that is being filled
	scratch []byte // a frame, before it is copied into its item
}

func (n *News) add(kind bus.KeyKind, id [16]byte, l *topic.Live) {
	need := len(l.Frame) + 17*len(l.Changes) + 128
	if cap(n.buf)-len(n.buf) < need {
		n.buf = make([]byte, 0, max(firstChunk, need, min(2*cap(n.buf), largestChunk)))
	}
	from := len(n.buf)
	n.buf = l.Append(n.buf)
	n.Items = append(n.Items, bus.Item{Key: bus.Key{Kind: kind, ID: id}, Value: n.buf[from:len(n.buf):len(n.buf)]})
}

// Entry tells a conversation one of its entries.
func (n *News) Entry(e *api.Entry, changes []topic.MemberChange) {
	l := frame.Live(n.scratch[:0], e, changes)
	n.scratch = l.Frame
	n.add(bus.Conversation, e.Conversation, &l)
}

// Joined tells a person that a conversation became theirs with its entry seq.
func (n *News) Joined(p api.UserID, c api.ConversationID, seq int64) {
	n.add(bus.Person, p, &topic.Live{Kind: topic.LiveJoined, Conversation: c, Seq: seq, Person: p})
}

// Person tells a person's connections their new version.
func (n *News) Person(p api.UserID, version int64) {
	n.scratch = frame.Person(n.scratch[:0], version)
	n.add(bus.Person, p, &topic.Live{Kind: topic.LivePerson, Person: p, Version: version, Frame: n.scratch})
}

// Standing tells that an account's standing is at version.
func (n *News) Standing(p api.UserID, version int64) {
	n.add(bus.Person, p, &topic.Live{Kind: topic.LiveStanding, Person: p, Version: version})
}

// Result tells the session that asked, and the gateway's request if one waits.
func (n *News) Result(e *topic.Envelope, r *api.Result) {
	n.scratch = frame.Result(n.scratch[:0], r)
	l := topic.Live{Kind: topic.LiveResult, Conversation: r.Conversation, Seq: r.Seq, Session: e.Session, Person: e.Sender, Attempt: e.Attempt, Frame: n.scratch}
	if !e.Session.IsZero() {
		n.add(bus.Person, e.Sender, &l)
	}
	if e.Wait && !e.ReplyTo.IsZero() {
		n.add(bus.Gateway, e.ReplyTo, &l)
	}
}

// Conflict tells an attempt that its key names another action. It is no outcome of the key.
func (n *News) Conflict(e *topic.Envelope) {
	if e.ReplyTo.IsZero() {
		return
	}
	n.scratch = frame.Conflict(n.scratch[:0], e.Action.ID)
	n.add(bus.Gateway, e.ReplyTo, &topic.Live{Kind: topic.LiveConflict, Session: e.Session, Person: e.Sender, Attempt: e.Attempt, Frame: n.scratch})
}

// Again tells a stored outcome as if it had just been decided (promises, rule 3).
func (n *News) Again(tx store.Tx, e *topic.Envelope, o *read.Outcome) error {
	if err := n.entryAgain(tx, o); err != nil {
		return err
	}
	if o.Result.Outcome == api.BlockSet || o.Result.Outcome == api.BlockCleared {
		version, err := read.Version(tx, e.Sender)
		if err != nil {
			return err
		}
		n.Person(e.Sender, version)
	}
	n.Result(e, &o.Result)
	return nil
}

func (n *News) entryAgain(tx store.Tx, o *read.Outcome) error {
	if o.Entry == nil {
		return nil
	}
	changes, err := read.Changes(tx, o.Entry)
	if err != nil {
		return err
	}
	n.Entry(o.Entry, changes)
	for _, c := range changes {
		if c.Joined {
			n.Joined(c.Person, o.Conversation, o.Seq)
		}
		version, err := read.Version(tx, c.Person)
		if err != nil {
			return err
		}
		n.Person(c.Person, version)
	}
	return nil
}

// Marks tells a conversation that a member's marks moved.
func (n *News) Marks(c api.ConversationID, m api.MemberID, received, read int64) {
	n.scratch = frame.Marks(n.scratch[:0], c, m, received, read)
	n.add(bus.Conversation, c, &topic.Live{Kind: topic.LiveMarks, Conversation: c, Frame: n.scratch})
}
