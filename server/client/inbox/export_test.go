package inbox

import (
	"maps"
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// Inspect shows transcripts what is kept back in a conversation and what is missing.
func (in *Inbox) Inspect(id api.ConversationID) (held []int64, gap Pull, missing bool) {
	c := in.all[id]
	if c == nil {
		return nil, gap, false
	}
	return slices.Sorted(maps.Keys(c.early)), c.gap(), c.missing()
}
