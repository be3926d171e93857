package thread

import (
	tea "github.com/charmbracelet/bubbletea"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"github.com/chatctl/chatctl/tui/thread/render"
)

// cursor is the chosen message: by seq, or a pending one by id. While there is
// one, what comes is not followed, so that it stays on the screen.
type cursor struct {
	on  bool
	seq int64
	id  api.ActionID
}

// Do carries out an action of keymap's contexts scroll and select, and reports
// in its command what the root has to do. EnterSelect and SelectUp choose the
// last message if none is chosen. On a failed send Reply tries again and Delete
// drops it. Other actions do nothing.
func (m Model) Do(a keymap.Action) (Model, tea.Cmd) {
	m, cmd := m.do(a)
	m, want := m.settle().ask()
	return m, tea.Batch(cmd, want)
}

func (m Model) do(a keymap.Action) (Model, tea.Cmd) {
	page := max(m.body()-2, 1) // two lines stay
	m.sought = sought{}
	switch a {
	case keymap.PageUp:
		return m.up(page), nil
	case keymap.PageDown:
		return m.scroll(page), nil
	case keymap.LineUp:
		return m.up(1), nil
	case keymap.LineDown:
		return m.scroll(1), nil
	case keymap.Present:
		return m.present(), nil
	case keymap.FirstUnread:
		return m.firstUnread()
	case keymap.EnterSelect, keymap.SelectUp:
		return m.step(-1)
	case keymap.SelectDown:
		return m.step(1)
	case keymap.SelectFirst:
		m.cursor = cursor{}
		return m.walk(0, 1)
	case keymap.SelectLast:
		m.cursor = cursor{}
		return m.walk(m.rows(), -1)
	case keymap.LeaveSelect:
		return m.leave()
	case keymap.Search:
		return m.beginSearch(), nil
	case keymap.SearchNext:
		return m.search(-1)
	case keymap.SearchPrev:
		return m.search(1)
	}
	if m.cursor.on {
		return m, m.act(a)
	}
	return m, nil
}

// up scrolls towards the past, and asks again for a history that failed.
func (m Model) up(n int) Model {
	m.why = ""
	return m.scroll(-n)
}

func (m Model) present() Model {
	m.toNew = false
	if m.cursor.on {
		m.cursor = cursor{}
		m, _ = m.walk(m.rows(), -1)
		m.top = m.bottom()
		return m
	}
	m.follow = true
	return m
}

func (m Model) firstUnread() (Model, tea.Cmd) {
	if m.newAt == 0 && (m.newAfter < 0 || m.newAfter >= m.head.LastSeq) {
		return m, say(Note{"nothing new"})
	}
	m.toNew, m.why = true, ""
	return m, nil
}

// step chooses the next message in a direction; below the last one is the composer.
func (m Model) step(by int) (Model, tea.Cmd) {
	if !m.cursor.on {
		return m.walk(m.rows(), -1)
	}
	return m.walk(m.cursorRow(), by)
}

// walk chooses the first message after row in a direction, if there is one.
func (m Model) walk(row, by int) (Model, tea.Cmd) {
	for row += by; row > 0 && row < m.rows(); row += by {
		if m.choosable(row) {
			m.cursor, m.follow = m.cursorAt(row), false
			return m.show(row), nil
		}
	}
	if row <= 0 && m.cursor.on {
		return m.up(1), nil // there may be more
	}
	return m.leave()
}

func (m Model) leave() (Model, tea.Cmd) {
	m.cursor = cursor{}
	if m.find != "" {
		m.find = ""
		m.version++
	}
	return m, say(SelectEnded{})
}

func (m *Model) choosable(row int) bool {
	it := m.itemAt(row)
	return it == nil || it.Kind == api.EntryMessage
}

func (m *Model) cursorAt(row int) cursor {
	if it := m.itemAt(row); it != nil {
		return cursor{on: true, seq: it.Seq}
	}
	return cursor{on: true, id: m.pending[row-len(m.log.Items())-1].ID}
}

// cursorRow is the row of the cursor. A pending message that has got its place
// meanwhile is where messages end.
func (m *Model) cursorRow() int {
	if m.cursor.seq > 0 {
		i, _ := m.log.Find(m.cursor.seq)
		return i + 1
	}
	for i, p := range m.pending {
		if p.ID == m.cursor.id {
			return len(m.log.Items()) + 1 + i
		}
	}
	return len(m.log.Items()) + 1
}

// act does something with the chosen message.
func (m *Model) act(a keymap.Action) tea.Cmd {
	for _, p := range m.pending {
		if p.ID == m.cursor.id {
			return actPending(a, p)
		}
	}
	it := m.log.At(m.cursor.seq)
	if it == nil {
		return nil
	}
	msg := m.message(it)
	if a == keymap.Raw {
		return say(WantRaw{msg, m.pen().Raw(m.head.Conversation, it)})
	}
	if it.Gone {
		return say(Note{"that message is deleted"})
	}
	switch a {
	case keymap.Reply:
		return say(WantReply{msg})
	case keymap.Edit:
		if !msg.Mine {
			return say(Note{"only its sender can edit a message"})
		}
		return say(WantEdit{msg})
	case keymap.Delete:
		if !m.deletes(it) {
			return say(Note{"only its sender, and a group's owner and admins, can delete a message"})
		}
		return say(WantDelete{msg})
	case keymap.Report:
		return say(WantReport{msg})
	case keymap.Copy:
		return say(WantCopy{it.Text})
	case keymap.OpenLink:
		if urls := markup.Links(it.Text); len(urls) > 0 {
			return say(WantOpen{urls})
		}
		return say(Note{"there is no link in that message"})
	}
	return nil
}

func (m *Model) deletes(it *journal.Item) bool {
	return it.Sender == m.head.Me || m.head.Kind == api.Group && (m.head.Role == api.Owner || m.head.Role == api.Admin)
}

// Deeds are what can be done with the chosen message, the most useful first. The
// raw view is not among them where there is more. While a search is written the
// keys are its, and the deeds nil.
func (m Model) Deeds() []keymap.Deed {
	if m.searching {
		return nil
	}
	for _, p := range m.pending {
		switch {
		case p.ID != m.cursor.id:
		case p.Stage == render.Failed:
			return []keymap.Deed{{Action: keymap.Reply, Does: "try again"}, {Action: keymap.Delete, Does: "drop"}, {Action: keymap.Copy, Does: "copy"}}
		default:
			return []keymap.Deed{{Action: keymap.Copy, Does: "copy"}}
		}
	}
	it := m.log.At(m.cursor.seq)
	switch {
	case it == nil:
		return []keymap.Deed{}
	case it.Gone:
		return []keymap.Deed{{Action: keymap.Raw, Does: "raw"}}
	}
	var deeds []keymap.Deed
	if m.head.Membership != api.Gone {
		deeds = append(deeds, keymap.Deed{Action: keymap.Reply, Does: "reply"})
		if it.Sender == m.head.Me {
			deeds = append(deeds, keymap.Deed{Action: keymap.Edit, Does: "edit"})
		}
		if m.deletes(it) {
			deeds = append(deeds, keymap.Deed{Action: keymap.Delete, Does: "delete"})
		}
	}
	deeds = append(deeds, keymap.Deed{Action: keymap.Copy, Does: "copy"})
	if len(markup.Links(it.Text)) > 0 {
		deeds = append(deeds, keymap.Deed{Action: keymap.OpenLink, Does: "open link"})
	}
	return deeds
}

func actPending(a keymap.Action, p render.Pending) tea.Cmd {
	switch a {
	case keymap.Copy:
		return say(WantCopy{p.Text})
	case keymap.Reply, keymap.ListRetry:
		if p.Stage == render.Failed {
			return say(WantRetry{p})
		}
	case keymap.Delete, keymap.ListDrop:
		if p.Stage == render.Failed {
			return say(WantDrop{p})
		}
	}
	return say(Note{"that message is not sent yet"})
}

// Quote is the message seq in short, as it stands, if it is here.
func (m Model) Quote(seq int64) (string, bool) {
	it := m.log.At(seq)
	switch {
	case it == nil || it.Kind != api.EntryMessage:
		return "", false
	case it.Gone:
		return "a deleted message", true
	}
	return m.message(it).Quote(), true
}

func (m *Model) message(it *journal.Item) Message {
	return Message{
		Conversation: m.head.Conversation, Seq: it.Seq, Sender: m.people.Handle(it.Sender), Mine: it.Sender == m.head.Me,
		First: text.Show(markup.Plain(it.Text)), Text: it.Text,
	}
}
