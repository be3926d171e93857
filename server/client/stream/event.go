package stream

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Event is what a Stream tells: Arrived, HeadMoved, Marks, Typing, Presence,
// BlockChanged, Lag, Accepted, Settled, Delayed, Failed, State, Greeted or Reset.
type Event interface{ event() }

// Arrived is the next entry of a conversation, with where the conversation stands now.
type Arrived struct {
	Entry api.Entry
	Head  api.Head
}

// HeadMoved tells where a conversation stands, entries aside: on attaching, when
// one was added, and when the reader's marks moved.
type HeadMoved struct{ Head api.Head }

// Marks tells how far a member has received and read.
type Marks struct {
	Conversation   api.ConversationID
	Member         api.MemberID
	Received, Read int64
}

// Typing tells that another member types. It is over after api.TypingLasts, or
// with their next message.
type Typing struct {
	Conversation api.ConversationID
	Member       api.MemberID
}

// Presence tells of people who are watched whether they are connected: of all
// once they are watched, later of those who came or went. It may be a minute old.
type Presence struct{ People []api.Presence }

// BlockChanged tells of a block that was set or cleared on another device.
type BlockChanged struct{ Block api.Block }

// Lag tells how long the server took to answer a ping (Config.Ping).
type Lag struct{ Took time.Duration }

// Accepted tells that an action is on the server's log (promise A1).
type Accepted struct {
	Action api.ActionID
	Took   time.Duration // since it was written; 0: another was written meanwhile
}

// Settled tells the outcome of an action of the outbox. A held one is kept there.
type Settled struct {
	Action api.Action
	Result api.Result
}

// Delayed tells that the server cannot take an action now; it is tried again.
type Delayed struct {
	Action  api.Action
	Problem *api.Problem
}

// Failed tells that an action has left the outbox without an outcome: the server
// will not take it, its key names another one, or it is too old (ErrExpired).
type Failed struct {
	Action api.Action
	Err    error
}

// Greeted tells which store the server has, on each connection and before
// anything of it. What was kept of another epoch is void (promises, rule 22).
type Greeted struct{ Epoch api.Epoch }

// Reset tells that the server's store is another one than before: what was
// handed on is void, and heads follow.
type Reset struct{}

// Phase is how a stream stands with its server.
type Phase string

// The phases.
const (
	Connecting Phase = "connecting"
	CatchingUp Phase = "catching up" // connected; entries are missing in some conversations
	Live       Phase = "live"
	Offline    Phase = "offline"
)

// State tells that the stream stands otherwise than before.
type State struct {
	Phase   Phase
	Missing int       // CatchingUp: in how many conversations
	Retry   time.Time // Offline: when the next try begins; zero: Run returns
	Err     error     // Offline: why
}

func (Arrived) event()      {}
func (HeadMoved) event()    {}
func (Marks) event()        {}
func (Typing) event()       {}
func (Presence) event()     {}
func (BlockChanged) event() {}
func (Lag) event()          {}
func (Accepted) event()     {}
func (Settled) event()      {}
func (Delayed) event()      {}
func (Failed) event()       {}
func (State) event()        {}
func (Greeted) event()      {}
func (Reset) event()        {}
