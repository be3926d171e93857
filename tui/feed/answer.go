package feed

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/link"
	"github.com/chatctl/chatctl/tui/thread"
	"github.com/chatctl/chatctl/tui/words"
)

// asked is a question that waited.
type asked struct{ ask tea.Cmd }

// missing is a part of a conversation that could not be read a while ago.
type missing struct{ of api.ConversationID }

// Update takes what the threads want to read, and what the server answered to
// that. It reports false for messages of others.
func (f *Feed) Update(msg tea.Msg) (n News, ours bool) {
	switch msg := msg.(type) {
	case thread.WantHistory:
		n.Cmd = f.history(msg)
	case thread.WantMembers:
		n.Cmd = f.link.People(msg.Conversation)
	case thread.WantMessage:
		n.Cmd = f.link.Message(msg.Conversation, msg.Seq)
	case link.Page:
		n.Cmd = f.page(msg)
	case link.Single:
		n.Cmd = f.single(msg)
	case link.Members:
		if msg.Err != nil {
			n.Cmd = f.unread(msg.Conversation, msg.Err)
		} else {
			n.People = f.people(msg.Conversation, msg.Members)
		}
	case link.Blocked:
		if msg.Err != nil {
			n.Note = "whom you block is not known yet: " + words.Of(msg.Err)
			n.Cmd = later(f.link.Blocks())
		} else {
			f.Rooms.Blocking(msg.Blocks)
			f.Threads.SetBlocked(f.Rooms.Blocks())
		}
	case asked:
		n.Cmd = msg.ask
	case missing:
		if f.Open != nil && f.Open.Head.Conversation == msg.of {
			n.Cmd = f.resume()
		}
	default:
		return n, false
	}
	return n, true
}

// history asks for what a thread wants. Its latest page ends where it begins to
// follow the conversation.
func (f *Feed) history(want thread.WantHistory) tea.Cmd {
	if v := f.Threads.Of(f.Rooms.Of(want.Conversation)); v != nil && want.Before == 0 {
		want.Before = v.Applied + 1
	}
	return f.link.History(want.Conversation, want.Before)
}

func (f *Feed) page(p link.Page) (cmd tea.Cmd) {
	v := f.Threads.Of(f.Rooms.Of(p.Conversation))
	if v == nil {
		return nil
	}
	if p.Err != nil {
		v.Thread = v.Thread.HistoryFailed(words.Of(p.Err))
		return f.unread(p.Conversation, p.Err)
	}
	v.Thread, cmd = v.Thread.History(p.Page)
	return cmd
}

func (f *Feed) single(s link.Single) tea.Cmd {
	v := f.Threads.Of(f.Rooms.Of(s.Conversation))
	switch {
	case v == nil:
	case s.Err != nil:
		v.Thread = v.Thread.RootFailed()
		return f.unread(s.Conversation, s.Err)
	default:
		v.Thread = v.Thread.Root(s.Seq, s.Entry)
	}
	return nil
}

// unread asks again, in a while, for what could not be read of a conversation.
// Without a connection, that is for when there is one again; of one that is not
// on the screen, for when it is.
func (f *Feed) unread(c api.ConversationID, why error) tea.Cmd {
	if !f.connected || !link.Passing(why) {
		return nil
	}
	return later(func() tea.Msg { return missing{c} })
}

// people takes who is in a conversation, and reports whether it is known here.
func (f *Feed) people(c api.ConversationID, list []api.Member) bool {
	room := f.Rooms.Of(c)
	if room == nil {
		return false
	}
	room.People = make(map[api.MemberID]api.Member, len(list))
	for _, p := range list {
		room.People[p.Member] = p
	}
	if v := f.Threads.Of(room); v != nil {
		v.Thread = v.Thread.SetMembers(list)
	}
	return true
}
