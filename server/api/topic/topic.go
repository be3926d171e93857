// Package topic is what travels on the bus between the services: the names of
// the topics, the envelope of an action, an account's standing, and the items of
// the live channel, with their codecs.
//
// Records of the log are JSON, so that a stream processor can read them; items
// of the live channel are a compact private form, because each is read once by
// each interested gateway and never kept.
package topic

import (
	"encoding/binary"
	"errors"

	"github.com/chatctl/chatctl/server/api"
)

// The topics that carry work. Each has one consumer group, the service that owns its backlog.
const (
	ActionsChat = "actions.chat"
	Accounts    = "accounts"
)

// Version is the newest envelope version that this binary reads (promises, rule 21).
const Version = 3

// ErrMalformed marks a record that no version of this code can have written: it is held at once.
var ErrMalformed = errors.New("malformed record")

// ErrNewer marks a record of a newer envelope version: its partition stops.
var ErrNewer = errors.New("record of a newer version")

// Partition is where all that concerns a conversation goes, of n. Only the
// gateway computes it; it travels with the record.
func Partition(c api.ConversationID, n int) int {
	return int(binary.BigEndian.Uint32(c[12:]) % uint32(n))
}
