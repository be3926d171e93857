package thread

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/thread/journal"
)

// raw writes a message as it is on the wire, for people: no mark of its text is
// taken for markup, and no character is invisible.
func (m *Model) raw(it *journal.Item) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s %s\n", name, value)
		}
	}
	line("conversation", m.head.Conversation.String())
	line("seq", fmt.Sprint(it.Seq))
	line("action", it.Action.String())
	line("sender", it.Sender.String())
	line("handle", text.Show(m.handle(it.Sender)))
	line("time", it.Time.String())
	if it.ReplyTo != 0 {
		line("reply to", fmt.Sprint(it.ReplyTo))
	}
	if it.Edited != 0 {
		line("edited by", fmt.Sprintf("seq %d", it.Edited))
	}
	if it.Gone {
		b.WriteString(m.tombstone(it) + "\n")
		return b.String()
	}
	b.WriteString("\n" + text.ShowLines(it.Text) + "\n")
	return b.String()
}
