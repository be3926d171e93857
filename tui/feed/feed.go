// Package feed brings an account's conversations up to date with what its server
// tells: the events of the stream, and the answers to what has to be asked
// because of them.
//
// It owns what is known of conversations, which one is on the screen, and the
// threads that are kept. What the rest of the screen has to do about it is in
// News. It asks for everything that it and its threads want, again in a while
// where that fails. It draws nothing and sends nothing that a person wrote. A
// Feed belongs to one screen.
package feed

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/attention"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/rooms"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/threads"
)

// Feed is one account's conversations.
type Feed struct {
	Rooms   *rooms.Rooms
	Threads *threads.Threads
	Open    *rooms.Room // on the screen, nil for none; Show opens another

	link          *link.Link // nil: there is no session yet
	connected     bool
	known         bool               // all heads were read
	width, height int                // of a thread
	begin, last   string             // which one to open first: its name, else its key
	await         api.ConversationID // to be opened when its head comes
	watched       []string           // whose presence is asked for

	entries map[*rooms.Room][]api.Entry // until Flush
	rings   []attention.Message
}

// News is what the screen has to do about what came.
type News struct {
	Cmd    tea.Cmd             // asks for more
	Rings  []attention.Message // are worth ringing for
	Visit  *rooms.Room         // is to be brought on the screen
	People bool                // more is known of who is where
	Stands bool                // the open conversation may stand otherwise: how it is called, whether the reader is in it
	Reset  bool                // everything is read anew
	Note   string              // what could not be read, in people's words
}

// New returns a Feed that knows nothing, whose threads are made with cfg. begin
// is the name of the conversation to open first; "": none.
func New(cfg thread.Config, begin string) *Feed {
	return &Feed{Rooms: rooms.New(nil), Threads: threads.New(cfg), begin: begin, entries: map[*rooms.Room][]api.Entry{}}
}

// Follow goes on with a session; muted are the keys of the muted conversations,
// and last is that of the one to open first where no name was given for it.
func (f *Feed) Follow(l *link.Link, muted []string, last string) {
	f.link = l
	f.Rooms = rooms.New(muted)
	f.last = last
}

// Speak makes all threads anew with cfg: it was not known whose they are.
func (f *Feed) Speak(cfg thread.Config) tea.Cmd {
	f.Threads = threads.New(cfg)
	if f.Open == nil || f.link == nil {
		return nil
	}
	return f.start(f.Open)
}

// Known reports whether it was read which conversations there are.
func (f *Feed) Known() bool { return f.known }

// Thread is the one on the screen, nil where there is none.
func (f *Feed) Thread() *threads.Kept { return f.Threads.Of(f.Open) }

// Resize says how many cells a thread has.
func (f *Feed) Resize(width, height int) {
	f.width, f.height = width, height
	if v := f.Thread(); v != nil {
		v.Thread = v.Thread.SetSize(width, height)
	}
}

// Expect is the room of a conversation. Where its head has not come yet it is
// nil, and News tells of it when that comes.
func (f *Feed) Expect(c api.ConversationID) *rooms.Room {
	room := f.Rooms.Of(c)
	if room == nil {
		f.await = c
	}
	return room
}

// Show brings a room on the screen, with its thread.
func (f *Feed) Show(room *rooms.Room) tea.Cmd {
	f.Open = room
	if !room.There() {
		return f.start(room)
	}
	if f.link == nil {
		return nil
	}
	f.link.Look(room.Head.Conversation)
	var cmds [3]tea.Cmd
	v := f.Threads.Of(room)
	if v == nil {
		cmds[0] = f.start(room)
		v = f.Threads.Of(room)
	} else if room.Unread() > 0 {
		v.Thread = v.Thread.MarkNew(room.Head.ReadSeq)
	}
	f.Threads.Show(v)
	if f.connected {
		cmds[1] = f.readAgain()
	}
	if room.People == nil {
		cmds[2] = f.link.People(room.Head.Conversation)
	}
	return tea.Batch(cmds[:]...)
}

// start makes a room's thread, anew if there was one, and follows the
// conversation from where it stands. Where nothing was said yet, there may be
// something that is not sent.
func (f *Feed) start(room *rooms.Room) tea.Cmd {
	v, left := f.Threads.Begin(room, f.Rooms.Blocks())
	v.Thread = v.Thread.SetSize(f.width, f.height)
	if !room.There() {
		v.Thread, _ = v.Thread.History(api.Page{})
		return nil
	}
	if h := room.Head; h.Membership != api.Gone {
		f.link.Follow(h.Conversation, h.LastSeq)
	}
	for _, c := range left {
		f.link.Unfollow(c)
	}
	return v.Thread.Init()
}

// Block takes that the reader blocks a person, or not any more.
func (f *Feed) Block(b api.Block) {
	f.Rooms.Block(b)
	f.Threads.SetBlocked(f.Rooms.Blocks())
}

// resume reads again what a lost connection may have left unread.
func (f *Feed) resume() tea.Cmd {
	if f.Open == nil || !f.Open.There() {
		return nil
	}
	return tea.Batch(f.link.People(f.Open.Head.Conversation), f.readAgain())
}

// readAgain asks again for what could not be read of the thread on the screen.
func (f *Feed) readAgain() (cmd tea.Cmd) {
	if v := f.Thread(); v != nil {
		v.Thread, cmd = v.Thread.Again()
	}
	return cmd
}

// later asks once more in a while.
func later(ask tea.Cmd) tea.Cmd {
	const again = 5 * time.Second
	return tea.Tick(again, func(time.Time) tea.Msg { return asked{ask} })
}
