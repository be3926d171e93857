package thread

import (
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
)

// raw writes a message as it is on the wire, for people: no mark of its text is
// taken for markup, and no character is invisible.
func (m *Model) raw(it *item) string {
	var b strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-13s %s\n", name, value)
		}
	}
	line("conversation", m.head.Conversation.String())
	line("seq", fmt.Sprint(it.seq))
	line("action", it.action.String())
	line("sender", it.sender.String())
	line("handle", text.Show(m.handle(it.sender)))
	line("time", it.time.String())
	if it.replyTo != 0 {
		line("reply to", fmt.Sprint(it.replyTo))
	}
	if it.edited != 0 {
		line("edited by", fmt.Sprintf("seq %d", it.edited))
	}
	if it.gone {
		b.WriteString(m.tombstone(it) + "\n")
		return b.String()
	}
	b.WriteString("\n" + text.ShowLines(it.text) + "\n")
	return b.String()
}
