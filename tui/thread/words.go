package thread

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// name is how a member is called: @handle, or by the beginning of the member id
// where the handle is not visible. What no member did, an administrator did.
func (m *Model) name(id api.MemberID) string {
	if id.IsZero() {
		return "an administrator"
	}
	if p := m.people[id]; p.Handle != "" {
		return "@" + p.Handle
	}
	if id == m.head.Me && m.cfg.Me != "" {
		return "@" + m.cfg.Me
	}
	return "member " + id.String()[:8]
}

// handle is a member's, or "".
func (m *Model) handle(id api.MemberID) string {
	h, _ := strings.CutPrefix(m.name(id), "@")
	if h == m.name(id) {
		return ""
	}
	return h
}

// event says in one line what happened, for entries that are no messages.
func (m *Model) event(it *journal.Item) string {
	who := m.name(it.Sender)
	switch it.Kind {
	case journal.Hidden:
		return fmt.Sprintf("%d entries that you may not read", it.UpTo-it.Seq+1)
	case api.EntryCreate:
		if b, err := api.DecodeTolerant[api.CreateBody](it.Body); err == nil {
			return fmt.Sprintf("%s made the group %q", who, b.Name) + m.with(b.Members)
		}
	case api.EntryRename:
		if b, err := api.DecodeTolerant[api.RenameBody](it.Body); err == nil {
			return fmt.Sprintf("%s named the group %q", who, b.Name)
		}
	case api.EntryMember:
		if b, err := api.DecodeTolerant[api.MemberBody](it.Body); err == nil {
			return m.change(who, b)
		}
	case api.EntryPurge:
		return who + " deleted all messages before this"
	case api.EntryErase:
		if b, err := api.DecodeTolerant[api.EraseBody](it.Body); err == nil {
			return fmt.Sprintf("%s is no longer here, and all their messages are erased", m.name(b.Member)) + m.owned(b.Owner)
		}
	}
	return fmt.Sprintf("%s: %s (this chatctl does not know it)", who, it.Kind)
}

func (m *Model) change(who string, b api.MemberBody) string {
	whom := m.name(b.Member)
	switch b.Change {
	case api.Added:
		return who + " added " + whom
	case api.Removed:
		return who + " removed " + whom
	case api.Left:
		return whom + " left" + m.owned(b.Owner)
	case api.Ranked:
		return fmt.Sprintf("%s: %s is %s now", who, whom, b.Role)
	}
	return fmt.Sprintf("%s: %s %s", who, b.Change, whom)
}

// with names the first members of a group beside its maker, a few of them.
func (m *Model) with(members []api.MemberID) string {
	const few = 5
	if len(members) < 2 {
		return ""
	}
	var names []string
	for _, id := range members[1:min(len(members), few+1)] {
		names = append(names, m.name(id))
	}
	s := " with " + strings.Join(names, ", ")
	if more := len(members) - 1 - len(names); more > 0 {
		s += fmt.Sprintf(" and %d others", more)
	}
	return s
}

func (m *Model) owned(id api.MemberID) string {
	if id.IsZero() {
		return ""
	}
	return "; the group is now " + m.name(id) + "'s"
}

// tombstone stands where a deleted message stood.
func (m *Model) tombstone(it *journal.Item) string {
	if it.By.IsZero() || it.By == it.Sender {
		return "deleted"
	}
	return "deleted by " + m.name(it.By)
}

// notice stands above the messages.
func (m *Model) notice() string {
	switch {
	case m.why != "":
		return "older messages could not be read: " + text.Show(m.why)
	case m.begun && m.low <= 1:
		return "the beginning of the conversation"
	case m.begun:
		return "you can read from here on"
	}
	return "older messages …"
}

// writing says who is.
func (m *Model) writing() string {
	switch n := len(m.typing); n {
	case 0:
		return ""
	case 1:
		return "@" + m.typing[0] + " is writing …"
	case 2, 3:
		return "@" + strings.Join(m.typing, ", @") + " are writing …"
	default:
		return fmt.Sprintf("%d people are writing …", n)
	}
}
