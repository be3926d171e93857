package chat

import (
	"fmt"
	"path/filepath"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/rooms"
)

// command carries out what was written as /COMMAND.
func (m *Model) command(c slash.Command) tea.Cmd {
	switch c := c.(type) {
	case slash.Direct:
		return m.direct(c)
	case slash.Group:
		return m.ask(api.Action{Type: api.CreateGroup, Name: c.Name, Members: c.Handles})
	case slash.Me:
		return m.inRoom(func(room *rooms.Room) tea.Cmd { return m.say(room, c.Message(), 0) })
	case slash.Block:
		return m.setBlock(api.SetBlock, c.Handle)
	case slash.Unblock:
		return m.setBlock(api.ClearBlock, c.Handle)
	case slash.Mute:
		return m.inRoom(m.mute)
	case slash.Search:
		return m.search(c.Text)
	case slash.Sessions:
		return m.session.Link.Sessions()
	case slash.Profile:
		return func() tea.Msg { return Switch{Profile: c.Name} }
	case slash.Export:
		return m.export(c.File)
	case slash.Help:
		m.help()
	case slash.Quit:
		return m.quit()
	case slash.Reply, slash.Edit, slash.Delete:
		return m.onLatest(c)
	default:
		return m.inGroup(c)
	}
	return nil
}

func (m *Model) direct(c slash.Direct) tea.Cmd {
	if c.Handle == m.cfg.Account.Handle {
		return m.refuse("that is you")
	}
	room, cmd := m.person(c.Handle)
	if c.Text == "" {
		return cmd
	}
	return tea.Batch(cmd, m.say(room, c.Text, 0))
}

// inRoom does something in the conversation on the screen.
func (m *Model) inRoom(do func(*rooms.Room) tea.Cmd) tea.Cmd {
	if m.feed.Open == nil {
		return m.refuse("no conversation is open: /dm @HANDLE begins one")
	}
	return do(m.feed.Open)
}

// inGroup carries out what only a group knows.
func (m *Model) inGroup(c slash.Command) tea.Cmd {
	room := m.feed.Open
	if room == nil || room.Head.Kind != api.Group {
		return m.refuse("this is for groups: open one, or make one with /group NAME")
	}
	id := room.Head.Conversation
	switch c := c.(type) {
	case slash.Invite:
		cmds := make([]tea.Cmd, len(c.Handles))
		for i, h := range c.Handles {
			m.given.Written = "/invite @" + h // each is refused alone
			cmds[i] = m.ask(api.Action{Type: api.AddMember, Conversation: id, To: h})
		}
		return tea.Batch(cmds...)
	case slash.Kick:
		if c.Handle == m.cfg.Account.Handle {
			return m.refuse("that is you: /leave leaves the group")
		}
		if room.People == nil {
			return m.refuse("who is in this group is not read yet: try again in a moment")
		}
		who, there := room.Member(c.Handle)
		if !there {
			return m.refuse("@" + c.Handle + " is not in this group")
		}
		if room.Head.Role == api.Plain {
			return m.refuse("only its owner and admins remove members of " + room.Name())
		}
		m.confirm("kick", "Remove @"+c.Handle+" from "+room.Name()+"?", "remove", api.Action{Type: api.RemoveMember, Conversation: id, Member: who.Member})
	case slash.Leave:
		m.confirm("leave", "Leave "+room.Name()+"? What is said there later you will not see.", "leave", api.Action{Type: api.LeaveGroup, Conversation: id})
	case slash.Rename:
		return m.ask(api.Action{Type: api.RenameGroup, Conversation: id, Name: c.Name})
	}
	return nil
}

// setBlock blocks a person, or the other one of the open conversation.
func (m *Model) setBlock(t api.ActionType, handle string) tea.Cmd {
	if handle == "" && m.feed.Open != nil {
		handle = m.feed.Open.Head.Peer
	}
	switch handle {
	case "":
		return m.refuse("whom? /block @HANDLE")
	case m.cfg.Account.Handle:
		return m.refuse("that is you")
	}
	return m.ask(api.Action{Type: t, To: handle})
}

func (m *Model) mute(room *rooms.Room) tea.Cmd {
	m.feed.Rooms.Mute(room, !room.Muted)
	if room.Muted {
		m.note(room.Name()+" is silent on this machine, but for mentions of you", false)
	} else {
		m.note(room.Name()+" rings again", false)
	}
	return m.session.Mute(m.feed.Rooms.Muted())
}

// search begins to search, for a text if one is given.
func (m *Model) search(s string) tea.Cmd {
	v := m.thread()
	if v == nil {
		m.note("not found: there is no message here", false)
		return nil
	}
	if s == "" {
		return m.do(keymap.Search)
	}
	var cmd tea.Cmd
	v.Thread, cmd = v.Thread.Find(s)
	return m.hear(cmd)
}

// onLatest replies to, edits or deletes the latest message that it can be about.
func (m *Model) onLatest(c slash.Command) tea.Cmd {
	v := m.thread()
	if v == nil {
		return m.refuse("there is no message here")
	}
	room := m.feed.Open
	_, reply := c.(slash.Reply)
	last, ok := v.Thread.Last(!reply)
	if !ok {
		return m.refuse("there is no message here that this could be about")
	}
	switch c := c.(type) {
	case slash.Reply:
		return m.say(room, c.Text, last.Seq)
	case slash.Edit:
		if c.Text != "" {
			return m.ask(api.Action{Type: api.EditMessage, Conversation: last.Conversation, Target: last.Seq, Text: c.Text})
		}
		var cmd tea.Cmd
		m.composer, cmd = m.composer.Edit(last.Seq, last.Text)
		return cmd
	case slash.Delete:
		m.confirm("delete", "Delete this message for everybody?\n\n"+text.Clip(last.Text, 200), "delete",
			api.Action{Type: api.DeleteMessage, Conversation: last.Conversation, Target: last.Seq})
	}
	return nil
}

func (m *Model) export(file string) tea.Cmd {
	if file == "" {
		file = fmt.Sprintf("chatctl-%s-%s.jsonl", m.cfg.Account.Handle, m.now.Format("20060102-150405"))
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(m.cfg.Exports, file)
	}
	m.note("writing your data to "+file+" …", false)
	return m.session.Link.Export(file)
}
