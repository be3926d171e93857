package render

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// event says in one line what happened, for entries that are no messages.
func (p Pen) event(it *journal.Item) string {
	who := p.People.Name(it.Sender)
	switch it.Kind {
	case journal.Hidden:
		if it.UpTo == it.Seq {
			return "an entry that you may not read"
		}
		return fmt.Sprintf("%d entries that you may not read", it.UpTo-it.Seq+1)
	case api.EntryCreate:
		if b, err := api.DecodeTolerant[api.CreateBody](it.Body); err == nil {
			return fmt.Sprintf("%s made the group %q", who, b.Name) + p.with(b.Members)
		}
	case api.EntryRename:
		if b, err := api.DecodeTolerant[api.RenameBody](it.Body); err == nil {
			return fmt.Sprintf("%s named the group %q", who, b.Name)
		}
	case api.EntryMember:
		if b, err := api.DecodeTolerant[api.MemberBody](it.Body); err == nil {
			return p.change(who, b)
		}
	case api.EntryPurge:
		return who + " deleted all messages before this"
	case api.EntryErase:
		if b, err := api.DecodeTolerant[api.EraseBody](it.Body); err == nil {
			return fmt.Sprintf("%s is no longer here, and all their messages are erased", p.People.Name(b.Member)) + p.owned(b.Owner)
		}
	}
	return fmt.Sprintf("%s: %s (this chatctl does not know it)", who, it.Kind)
}

func (p Pen) change(who string, b api.MemberBody) string {
	whom := p.People.Name(b.Member)
	switch b.Change {
	case api.Added:
		return who + " added " + whom
	case api.Removed:
		return who + " removed " + whom
	case api.Left:
		return whom + " left" + p.owned(b.Owner)
	case api.Ranked:
		return fmt.Sprintf("%s: %s is %s now", who, whom, b.Role)
	}
	return fmt.Sprintf("%s: %s %s", who, b.Change, whom)
}

// with names the first members of a group beside its maker, a few of them.
func (p Pen) with(members []api.MemberID) string {
	const few = 5
	if len(members) < 2 {
		return ""
	}
	named := members[1:]
	if len(named) > few+1 { // two others at least
		named = named[:few]
	}
	var names []string
	for _, id := range named {
		names = append(names, p.People.Name(id))
	}
	s := " with " + strings.Join(names, ", ")
	if more := len(members) - 1 - len(names); more > 0 {
		s += fmt.Sprintf(" and %d others", more)
	}
	return s
}

func (p Pen) owned(id api.MemberID) string {
	if id.IsZero() {
		return ""
	}
	return "; the group is now " + p.People.Name(id) + "'s"
}

// tombstone stands where a deleted message stood.
func (p Pen) tombstone(it *journal.Item) string {
	if it.By.IsZero() || it.By == it.Sender {
		return "deleted"
	}
	return "deleted by " + p.People.Name(it.By)
}

// heading stands over an answer: the first line of what it answers.
func (p Pen) heading(root *journal.Item) string {
	if root == nil || root.Kind != api.EntryMessage {
		return "╭ an earlier message"
	}
	who := p.People.Name(root.Sender)
	switch {
	case p.People.Folded(root.Sender):
		return "╭ " + who + ": …"
	case root.Gone:
		return "╭ " + who + ": " + p.tombstone(root)
	}
	return "╭ " + markup.Quote(who, root.Text)
}
