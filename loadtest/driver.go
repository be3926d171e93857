package loadtest

import (
	"net/http"

	"github.com/chatctl/chatctl/server/api"
)

// driver is all that the swarm knows of a server's protocol, so that the same
// ruler can be laid on another one. All methods may be called concurrently.
type driver interface {
	// upgrade is the WebSocket's path, subprotocol and header for one person.
	upgrade(p api.Credential) (path, protocol string, header http.Header)
	// first is what a client says once it is connected; an event of kind live answers it.
	first() []byte
	// group names a group that the owner's n-th action will create.
	group(owner api.Credential, n int64) (api.ActionID, api.ConversationID)
	// action appends the frame that asks for a, as the sender's n-th. An id that a has is kept.
	action(b []byte, n int64, a api.Action) []byte
	// message appends the frame that sends text to a conversation, or a person. It is the hot path of action.
	message(b []byte, n int64, to address, text []byte) []byte
	// pull asks for the entries of a conversation after a seq.
	pull(c api.ConversationID, after int64) []byte
	// read tells what a frame is. Slices in the event alias the frame.
	read(frame []byte) event
}

// address is where a message goes: one of the two is set.
type address struct {
	conversation api.ConversationID
	handle       string
}

// eventKind is what a frame means to a load test.
type eventKind byte

const (
	other     eventKind = iota
	live                // the connection has been told all there is
	delivered           // an entry: stamp when it is a message of ours
	batch               // entries that were pulled
	accepted            // n
	done                // n: the result, as asked for
	failed              // n: refused, held or in conflict; n < 0: it cannot be told of which
	behind              // heads: where conversations stand
	lagging             // the server dropped this connection's queue
)

// event is one frame as a load test sees it.
type event struct {
	kind         eventKind
	n            int64
	why          string     // failed
	seq          int64      // delivered: its place
	text         []byte     // delivered: the message's text, nil for another entry
	heads        []api.Head // behind
	entries      []api.Entry
	conversation api.ConversationID // batch
	next         int64              // batch: where the following one starts
	more         bool               // batch: there is a following one
}
