package inbox_test

import (
	"slices"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// account is a server's truth of one person: two conversations, marks and
// blocks, each with the person's version of its last change.
type account struct {
	heads   map[api.ConversationID]*api.Head
	log     map[api.ConversationID][]api.Entry
	changed map[api.ConversationID]int64
	blocks  map[string]bool
	blocked map[string]int64
	version int64
}

func (a *account) changes(after int64) api.Changes {
	ch := api.Changes{Version: a.version}
	for c, h := range a.heads {
		if a.changed[c] > after {
			ch.Heads = append(ch.Heads, *h)
		}
	}
	for handle, active := range a.blocks {
		if a.blocked[handle] > after {
			ch.Blocks = append(ch.Blocks, api.Block{Handle: handle, Active: active})
		}
	}
	return ch
}

// device is a client of that person, with what is on the way to it.
type device struct {
	in      *inbox.Inbox
	version inbox.Version
	blocks  map[string]bool
	way     []func(*device)              // pushed, and lost now and then
	answers []func(*device)              // to reads of changes
	marks   map[api.ConversationID]int64 // said, and not shown yet
}

// reads lets a device read changes after a version, as the server has them when it is asked.
func (d *device) reads(a *account, now time.Time) func(int64, bool) {
	return func(after int64, read bool) {
		if !read {
			return
		}
		ch := a.changes(after)
		d.answers = append(d.answers, func(d *device) {
			if d.version.Read(after, ch.Version) {
				for _, h := range ch.Heads {
					d.in.Head(h, now)
				}
				for _, b := range ch.Blocks {
					d.blocks[b.Handle] = b.Active
				}
			}
			d.reads(a, now)(d.version.Moved(0))
		})
	}
}

// pull asks for what is due and takes the answer.
func (d *device) pull(a *account, now time.Time) {
	if p, ok := d.in.Due(now); ok {
		d.in.Page(api.Page{Conversation: p.Conversation, Entries: slices.Clone(a.log[p.Conversation][p.After:p.To]), Next: p.To}, now)
	}
}

// attach is a new connection: all heads, the version that they show, and what
// the device had said and has not seen. What was on the way is lost.
func (d *device) attach(a *account, now time.Time) {
	d.way, d.answers = nil, nil
	d.in.Hello(api.Epoch{1})
	for _, h := range a.heads {
		d.in.Head(*h, now)
	}
	d.in.Attached(now)
	d.reads(a, now)(d.version.Attached(a.version))
	for c, read := range d.marks {
		a.mark(c, read)
	}
	clear(d.marks)
}

func (a *account) mark(c api.ConversationID, read int64) (moved bool) {
	h := a.heads[c]
	if read = min(read, h.LastSeq); read <= h.ReadSeq {
		return false
	}
	a.version++
	h.ReadSeq, h.ReadOrd, h.ReceivedSeq, a.changed[c] = read, read, max(read, h.ReceivedSeq), a.version // every entry is a message
	return true
}

// Two devices of a person agree on what is unread, on marks and on blocks,
// whatever is lost between them and the server (wire, A person).
func TestTwoDevicesAgreeWhateverIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(0, 0)
		rooms := []api.ConversationID{conv("a"), conv("b")}
		a := &account{heads: map[api.ConversationID]*api.Head{}, log: map[api.ConversationID][]api.Entry{}, changed: map[api.ConversationID]int64{}, blocks: map[string]bool{}, blocked: map[string]int64{}, version: 1}
		for _, c := range rooms {
			a.heads[c] = &api.Head{Conversation: c, Me: me}
		}
		both := []*device{{}, {}}
		for _, d := range both {
			d.in, d.blocks, d.marks = inbox.New(), map[string]bool{}, map[api.ConversationID]int64{}
			d.attach(a, now)
			for _, c := range rooms {
				d.in.Follow(c, 0, now)
			}
		}
		push := func(f func(*device)) {
			for _, d := range both {
				d.way = append(d.way, f)
			}
		}
		tell := func() {
			version := a.version
			push(func(d *device) { d.reads(a, now)(d.version.Moved(version)) })
		}
		one := func(t *rapid.T) *device { return rapid.SampledFrom(both).Draw(t, "device") }
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				h := a.heads[rapid.SampledFrom(rooms).Draw(t, "room")]
				e := api.Entry{Conversation: h.Conversation, Seq: h.LastSeq + 1, Ord: h.LastSeq + 1, Kind: api.EntryMessage, Sender: api.MemberID{9}, Body: jsontext.Value(`{"text":"x"}`)}
				h.LastSeq, h.LastOrd = e.Seq, e.Ord
				if rapid.Bool().Draw(t, "own") {
					e.Sender = me
					h.ReadSeq, h.ReadOrd, h.ReceivedSeq = e.Seq, e.Ord, e.Seq
				}
				a.log[h.Conversation] = append(a.log[h.Conversation], e)
				push(func(d *device) { d.in.Deliver(e, now) })
			},
			"read": func(t *rapid.T) {
				d, c := one(t), rapid.SampledFrom(rooms).Draw(t, "room")
				h, _ := d.in.State(c)
				if h.LastSeq == 0 {
					t.Skip("nothing to read")
				}
				read := rapid.Int64Range(1, h.LastSeq).Draw(t, "up to")
				d.in.Mark(c, read, read)
				if rapid.Bool().Draw(t, "lost") {
					d.marks[c] = max(d.marks[c], read)
				} else if a.mark(c, read) {
					tell()
				}
			},
			"block": func(t *rapid.T) {
				handle := rapid.SampledFrom([]string{"bob", "cyd"}).Draw(t, "whom")
				a.version++
				a.blocks[handle], a.blocked[handle] = !a.blocks[handle], a.version
				tell()
			},
			"arrive": func(t *rapid.T) {
				if d := one(t); len(d.way) > 0 {
					f := d.way[0]
					d.way = d.way[1:]
					f(d)
				}
			},
			"lose": func(t *rapid.T) {
				if d := one(t); len(d.way) > 0 {
					d.way = d.way[1:]
				}
			},
			"answer": func(t *rapid.T) {
				if d := one(t); len(d.answers) > 0 {
					i := rapid.IntRange(0, len(d.answers)-1).Draw(t, "which")
					f := d.answers[i]
					d.answers = slices.Delete(d.answers, i, i+1)
					f(d)
				}
			},
			"wait":      func(t *rapid.T) { now = now.Add(inbox.Patience); one(t).pull(a, now) },
			"reconnect": func(t *rapid.T) { one(t).attach(a, now) },
		})
		// What was lost is found by the next connection, or by the version that the
		// server tells each half minute; marks are said until they show.
		for range 2 {
			for _, d := range both {
				if rapid.Bool().Draw(t, "by a new connection") || len(d.marks) > 0 {
					d.attach(a, now)
				}
			}
		}
		for _, d := range both {
			for c, h := range a.heads { // the room's head, repeated after the latest entry (promises, rule 10)
				if known, _ := d.in.State(c); known.LastSeq < h.LastSeq {
					d.attach(a, now)
				}
			}
			for d.in.Missing() > 0 {
				now = now.Add(inbox.Patience)
				d.pull(a, now)
			}
			d.reads(a, now)(d.version.Moved(a.version))
			for len(d.answers) > 0 {
				f := d.answers[0]
				d.answers = d.answers[1:]
				f(d)
			}
		}
		for i, d := range both {
			for c, want := range a.heads {
				got, _ := d.in.State(c)
				if got.ReadSeq != want.ReadSeq || got.LastOrd-got.ReadOrd != want.LastOrd-want.ReadOrd {
					t.Fatalf("device %d: read %d, unread %d; the server says %d, %d", i, got.ReadSeq, got.LastOrd-got.ReadOrd, want.ReadSeq, want.LastOrd-want.ReadOrd)
				}
			}
			for handle, active := range a.blocks {
				if d.blocks[handle] != active {
					t.Fatalf("device %d: %s blocked: %v; the server says %v", i, handle, d.blocks[handle], active)
				}
			}
		}
	})
}
