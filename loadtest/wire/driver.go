// Package wire is what a load test knows of a server's protocol: a Driver says
// how to connect, what to send and what a frame means. Nothing else of the test
// depends on the server, so that the same ruler can be laid on another one.
//
// Messages carry a Stamp in their text, by which a receiver tells when one was
// due and whose it is.
package wire

import (
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Driver is all that a load test knows of a server's protocol, so that the same
// ruler can be laid on another one. All methods may be called concurrently.
type Driver interface {
	// Upgrade is the WebSocket's path, subprotocol and header for one person.
	Upgrade(p api.Credential) (path, protocol string, header http.Header)
	// First is what a client says once it is connected; an event of kind Live answers it.
	First() []byte
	// Group names a group that the owner's n-th action will create.
	Group(owner api.Credential, n int64) (api.ActionID, api.ConversationID)
	// Action appends the frame that asks for a, as the sender's n-th. An id that a has is kept.
	Action(b []byte, n int64, a api.Action) []byte
	// Message appends the frame that sends text to a conversation, or a person. It is the hot path of action.
	Message(b []byte, n int64, to Address, text []byte) []byte
	// Pull asks for the entries of a conversation after a seq.
	Pull(c api.ConversationID, after int64) []byte
	// Read tells what a frame is. Slices in the event alias the frame.
	Read(frame []byte) Event
}

// Address is where a message goes: one of the two is set.
type Address struct {
	Conversation api.ConversationID
	Handle       string
}

// Kind is what a frame means to a load test.
type Kind byte

// The kinds, with the fields of an Event that belong to each.
const (
	Other     Kind = iota
	Live           // the connection has been told all there is
	Delivered      // an entry: stamp when it is a message of ours
	Batch          // entries that were pulled
	Accepted       // n
	Done           // n: the result, as asked for
	Failed         // n: refused, held or in conflict; n < 0: it cannot be told of which
	Behind         // heads: where conversations stand
	Lagging        // the server dropped this connection's queue
	Away           // after: the server ends this connection and wants to see it again then
)

// Event is one frame as a load test sees it.
type Event struct {
	Kind         Kind
	N            int64
	Why          string     // failed
	Seq          int64      // delivered: its place
	Text         []byte     // delivered: the message's text, nil for another entry
	Heads        []api.Head // behind
	Entries      []api.Entry
	Conversation api.ConversationID // batch
	Next         int64              // batch: where the following one starts
	More         bool               // batch: there is a following one
	After        time.Duration      // away
}
