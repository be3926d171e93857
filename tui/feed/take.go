package feed

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/rooms"
)

// mostBehind is how many entries are pulled at most to bring a thread up to
// date. Beyond it the thread begins anew with its latest page.
const mostBehind = 500

// Take takes an event of the stream, if it is one about conversations. What a
// thread or a person gets of it waits for Flush.
func (f *Feed) Take(e stream.Event, now time.Time) (n News) {
	switch e := e.(type) {
	case stream.State:
		n.Cmd = f.state(e)
	case stream.Reset:
		f.reset()
		n.Reset = true
	case stream.HeadMoved:
		return f.head(e.Head)
	case stream.Arrived:
		n = f.head(e.Head)
		room := f.Rooms.Of(e.Entry.Conversation)
		f.entries[room] = append(f.entries[room], e.Entry)
		if ring, ok := attention.Of(f.Rooms, room, e.Entry, now); ok {
			ring.Shown = room == f.Open
			f.rings = append(f.rings, ring)
		}
	case stream.Marks:
		if v := f.Threads.Of(f.Rooms.Of(e.Conversation)); v != nil {
			v.Thread = v.Thread.Mark(e.Member, e.Received, e.Read)
		}
	case stream.Typing:
		f.types(e, now)
	case stream.Presence:
		f.Rooms.Presence(e.People)
	case stream.BlockChanged:
		f.Block(e.Block)
	}
	return n
}

// Flush gives the threads what was taken since it was called last. looked says
// whether somebody looks at the screen.
func (f *Feed) Flush(looked bool) News {
	var cmds []tea.Cmd
	for room, entries := range f.entries {
		cmds = append(cmds, f.arrived(room, entries, looked))
	}
	clear(f.entries)
	rings := f.rings
	f.rings = nil
	f.watch()
	return News{Cmd: tea.Batch(cmds...), Rings: rings}
}

// state takes how the stream stands. When it is live again, what is not told by
// it is read.
func (f *Feed) state(s stream.State) tea.Cmd {
	before := f.connected
	f.connected = s.Phase == stream.CatchingUp || s.Phase == stream.Live
	f.known = f.known || f.connected
	if s.Phase == stream.Offline {
		f.Rooms.Alone()
	}
	if before || !f.connected {
		return nil
	}
	return tea.Batch(f.link.Blocks(), f.resume())
}

// reset forgets what was of another store than the server has now.
func (f *Feed) reset() {
	f.Rooms.Reset()
	f.Threads.Clear()
	if f.Open != nil && f.Open.Head.Kind == api.Direct {
		f.Show(f.Rooms.Direct(f.Open.Head.Peer))
	} else {
		f.Open = nil
	}
}

// head takes where a conversation stands.
func (f *Feed) head(h api.Head) (n News) {
	room, appeared := f.Rooms.Head(h)
	v := f.Threads.Of(room)
	n.Stands = v != nil && room == f.Open
	switch {
	case v != nil && h.LastSeq-v.Applied > mostBehind:
		n.Cmd = f.start(room)
	case v != nil:
		v.Thread = v.Thread.SetHead(h)
	case appeared && (room == f.Open || h.Conversation == f.await):
		f.await = api.ConversationID{}
		n.Visit = room
	case appeared && f.Open == nil && f.first(room):
		n.Visit = room
	}
	return n
}

// first reports whether a room is the one to open first.
func (f *Feed) first(room *rooms.Room) bool {
	if f.begin != "" {
		return room.Name() == f.begin
	}
	return room.Key == f.last
}

// arrived gives entries to their thread, if there is one.
func (f *Feed) arrived(room *rooms.Room, entries []api.Entry, looked bool) tea.Cmd {
	v := f.Threads.Of(room)
	if v == nil {
		return nil
	}
	var people, want tea.Cmd
	last := entries[len(entries)-1].Seq
	v.Applied = max(v.Applied, last)
	if !looked && !v.Away {
		v.Away = true
		v.Thread = v.Thread.MarkNew(room.Head.ReadSeq)
	}
	for _, e := range entries {
		v.Wrote(room.Handle(e.Sender))
		if who := leaver(e); !who.IsZero() {
			v.Wrote(room.Handle(who))
		}
	}
	if rooms.OtherPeople(entries) {
		people = f.link.People(room.Head.Conversation)
	}
	v.Thread, want = v.Thread.Arrive(entries)
	return tea.Batch(people, want)
}

// leaver is who is not in the conversation any more by an entry, zero for nobody.
func leaver(e api.Entry) (who api.MemberID) {
	switch e.Kind {
	case api.EntryMember:
		if b, err := api.DecodeTolerant[api.MemberBody](e.Body); err == nil && (b.Change == api.Removed || b.Change == api.Left) {
			who = b.Member
		}
	case api.EntryErase:
		if b, err := api.DecodeTolerant[api.EraseBody](e.Body); err == nil {
			who = b.Member
		}
	}
	return who
}

// types shows that a member of a conversation writes, where that can be seen.
func (f *Feed) types(e stream.Typing, now time.Time) {
	room := f.Rooms.Of(e.Conversation)
	v := f.Threads.Of(room)
	if v == nil {
		return
	}
	if handle := room.Handle(e.Member); handle != "" {
		v.Typing(handle, now.Add(api.TypingLasts))
	}
}

// watch asks whether those are there with whom the reader has a conversation.
func (f *Feed) watch() {
	if peers := f.Rooms.Peers(api.MaxWatched); !slices.Equal(peers, f.watched) {
		f.watched = peers
		f.link.Watch(peers)
	}
}
