package render

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// Raw writes a message as it is on the wire, for people: no mark of its text is
// taken for markup, and no character is invisible.
func (p Pen) Raw(c api.ConversationID, it *journal.Item) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s %s\n", name, value)
		}
	}
	line("conversation", c.String())
	line("seq", fmt.Sprint(it.Seq))
	line("action", it.Action.String())
	line("sender", it.Sender.String())
	line("handle", text.Show(p.People.Handle(it.Sender)))
	line("time", it.Time.String())
	if it.ReplyTo != 0 {
		line("reply to", fmt.Sprint(it.ReplyTo))
	}
	if it.Edited != 0 {
		line("edited by", fmt.Sprintf("seq %d", it.Edited))
	}
	if it.Gone {
		b.WriteString(p.tombstone(it) + "\n")
		return b.String()
	}
	b.WriteString("\n" + text.ShowLines(it.Text) + "\n")
	return b.String()
}
