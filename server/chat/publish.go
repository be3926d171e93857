package chat

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

// news is what a batch tells on the live channel, in order.
type news struct {
	items   []bus.Item
	buf     []byte // the chunk that is being filled
	scratch []byte // a frame, before it is copied into its item
}

func (n *news) add(kind bus.KeyKind, id [16]byte, l *topic.Live) {
	need := len(l.Frame) + 17*len(l.Changes) + 128
	if cap(n.buf)-len(n.buf) < need {
		n.buf = make([]byte, 0, max(firstChunk, need, min(2*cap(n.buf), largestChunk)))
	}
	from := len(n.buf)
	n.buf = l.Append(n.buf)
	n.items = append(n.items, bus.Item{Key: bus.Key{Kind: kind, ID: id}, Value: n.buf[from:len(n.buf):len(n.buf)]})
}

// entry tells a conversation one of its entries.
func (n *news) entry(e *api.Entry, changes []topic.MemberChange) {
	l := frame.Live(n.scratch[:0], e, changes)
	n.scratch = l.Frame
	n.add(bus.Conversation, e.Conversation, &l)
}

// joined tells a person that a conversation became theirs with its entry seq.
func (n *news) joined(p api.UserID, c api.ConversationID, seq int64) {
	n.add(bus.Person, p, &topic.Live{Kind: topic.LiveJoined, Conversation: c, Seq: seq, Person: p})
}

// person tells a person's connections their new version.
func (n *news) person(p api.UserID, version int64) {
	n.scratch = frame.Person(n.scratch[:0], version)
	n.add(bus.Person, p, &topic.Live{Kind: topic.LivePerson, Person: p, Version: version, Frame: n.scratch})
}

// standing tells that an account's standing is at version.
func (n *news) standing(p api.UserID, version int64) {
	n.add(bus.Person, p, &topic.Live{Kind: topic.LiveStanding, Person: p, Version: version})
}

// result tells the session that asked, and the gateway's request if one waits.
func (n *news) result(e *topic.Envelope, r *api.Result) {
	n.scratch = frame.Result(n.scratch[:0], r)
	l := topic.Live{Kind: topic.LiveResult, Conversation: r.Conversation, Seq: r.Seq, Session: e.Session, Person: e.Sender, Attempt: e.Attempt, Frame: n.scratch}
	if !e.Session.IsZero() {
		n.add(bus.Person, e.Sender, &l)
	}
	if e.Wait && !e.ReplyTo.IsZero() {
		n.add(bus.Gateway, e.ReplyTo, &l)
	}
}

// conflict tells an attempt that its key names another action. It is no outcome of the key.
func (n *news) conflict(e *topic.Envelope) {
	if e.ReplyTo.IsZero() {
		return
	}
	n.scratch = frame.Conflict(n.scratch[:0], e.Action.ID)
	n.add(bus.Gateway, e.ReplyTo, &topic.Live{Kind: topic.LiveConflict, Session: e.Session, Person: e.Sender, Attempt: e.Attempt, Frame: n.scratch})
}

// again tells a stored outcome as if it had just been decided (promises, rule 3).
func (n *news) again(tx store.Tx, e *topic.Envelope, o *read.Outcome) error {
	if err := n.entryAgain(tx, o); err != nil {
		return err
	}
	if o.Result.Outcome == api.BlockSet || o.Result.Outcome == api.BlockCleared {
		version, err := read.Version(tx, e.Sender)
		if err != nil {
			return err
		}
		n.person(e.Sender, version)
	}
	n.result(e, &o.Result)
	return nil
}

func (n *news) entryAgain(tx store.Tx, o *read.Outcome) error {
	if o.Entry == nil {
		return nil
	}
	changes, err := read.Changes(tx, o.Entry)
	if err != nil {
		return err
	}
	n.entry(o.Entry, changes)
	for _, c := range changes {
		if c.Joined {
			n.joined(c.Person, o.Conversation, o.Seq)
		}
		version, err := read.Version(tx, c.Person)
		if err != nil {
			return err
		}
		n.person(c.Person, version)
	}
	return nil
}
