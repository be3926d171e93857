package thread

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// Last is the latest loaded message that is not deleted: the reader's own, or
// one of somebody else.
func (m Model) Last(mine bool) (Message, bool) {
	for _, it := range slices.Backward(m.log.Items()) {
		if it.Kind == api.EntryMessage && !it.Gone && (it.Sender == m.head.Me) == mine {
			return m.message(it), true
		}
	}
	return Message{}, false
}
