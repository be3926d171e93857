package frame

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// Live is the live item of an entry with its frame, which is appended to b.
func Live(b []byte, e *api.Entry, changes []topic.MemberChange) topic.Live {
	return topic.Live{Kind: topic.LiveEntry, Conversation: e.Conversation, Seq: e.Seq, Changes: changes, Frame: Entry(b, e)}
}
