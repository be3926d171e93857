package api

import (
	"strconv"

	"github.com/chatctl/chatctl/server/api/text"
)

// FrameKind tells what a frame is. Clients ignore kinds they do not know.
type FrameKind string

// Frames that a client sends. Authenticate comes first when the upgrade carried
// no Authorization header; then Attach; then any of the others.
const (
	FrameAuthenticate FrameKind = "authenticate"   // ticket
	FrameAttach       FrameKind = "attach"         // cursor?
	FrameAction       FrameKind = "action"         // action
	FramePull         FrameKind = "pull"           // conversation, after, to
	FrameMark         FrameKind = "mark"           // conversation, received?, read?
	FramePing         FrameKind = "ping"           // answered by pong
	FrameTyping       FrameKind = "typing"         // conversation; said again every few seconds while it is so
	FrameWatch        FrameKind = "presence.watch" // handles; answered by presence
)

// Frames that a server sends.
const (
	FrameHello     FrameKind = "hello"
	FrameSignedIn  FrameKind = "signed_in"
	FrameHeads     FrameKind = "heads"
	FrameHeadsEnd  FrameKind = "heads_end"
	FrameLive      FrameKind = "live"
	FrameHead      FrameKind = "head"     // a room moved, or the reader was added to it
	FrameEntry     FrameKind = "entry"    // one entry, live
	FrameEntries   FrameKind = "entries"  // answers a pull
	FrameAccepted  FrameKind = "accepted" // A1
	FrameResult    FrameKind = "result"   // A2, or a refusal
	FrameConflict  FrameKind = "conflict" // the key names another action: answers the attempt only
	FrameMarks     FrameKind = "marks"    // a member's marks moved
	FramePerson    FrameKind = "person"   // the reader's own version moved: GET /v1/me/changes
	FrameProblem   FrameKind = "problem"  // answers a frame that cannot be accepted
	FrameLagging   FrameKind = "lagging"  // the queue was dropped; heads follow
	FrameGoingAway FrameKind = "going_away"
	FramePong      FrameKind = "pong"
	FrameIsTyping  FrameKind = "is_typing" // a member is; over after TypingLasts, or with their message
	FramePresence  FrameKind = "presence"  // people who are watched: the answer all of them, later who changed
)

// ClientFrame is every frame that a client sends; Check tells what belongs to which kind.
type ClientFrame struct {
	Kind         FrameKind      `json:"kind"`
	Ref          string         `json:"ref,omitempty"` // echoed in what answers
	Ticket       string         `json:"ticket,omitempty"`
	Cursor       string         `json:"cursor,omitempty"`
	Action       *Action        `json:"action,omitempty"`
	Conversation ConversationID `json:"conversation,omitzero"`
	After        int64          `json:"after,omitzero"`
	To           int64          `json:"to,omitzero"`
	Received     int64          `json:"received,omitzero"`
	Read         int64          `json:"read,omitzero"`
	Handles      []string       `json:"handles,omitempty"`
}

// Check reports the first thing that is wrong with f as a Problem.
func (f *ClientFrame) Check() error {
	if len(f.Ref) > MaxRef {
		return Invalid("/ref", "at most %d bytes", MaxRef)
	}
	for _, n := range []struct {
		name string
		v    int64
	}{{"/after", f.After}, {"/to", f.To}, {"/received", f.Received}, {"/read", f.Read}} {
		if n.v < 0 || n.v >= 1<<53 {
			return Invalid(n.name, "a seq lies between 0 and 2^53")
		}
	}
	if len(f.Ticket) > 128 || len(f.Cursor) > 4096 {
		return Invalid("/ticket", "too long")
	}
	if err := f.checkHandles(); err != nil {
		return err
	}
	only := func(conversation, pull, mark, action, ticket, cursor bool) error {
		switch {
		case !conversation && !f.Conversation.IsZero(), conversation && f.Conversation.IsZero():
			return Invalid("/conversation", "%s: needed with pull, mark and typing, and only there", f.Kind)
		case !pull && (f.After != 0 || f.To != 0):
			return Invalid("/after", "only with pull")
		case !mark && (f.Received != 0 || f.Read != 0), mark && f.Received == 0 && f.Read == 0:
			return Invalid("/read", "received or read: needed with mark, and only there")
		case action != (f.Action != nil):
			return Invalid("/action", "needed with action, and only there")
		case ticket != (f.Ticket != ""):
			return Invalid("/ticket", "needed with authenticate, and only there")
		case !cursor && f.Cursor != "":
			return Invalid("/cursor", "only with attach")
		}
		return nil
	}
	switch f.Kind {
	case FrameAuthenticate:
		return only(false, false, false, false, true, false)
	case FrameAttach:
		return only(false, false, false, false, false, true)
	case FramePull:
		return only(true, true, false, false, false, false)
	case FrameMark:
		return only(true, false, true, false, false, false)
	case FrameTyping:
		return only(true, false, false, false, false, false)
	case FramePing, FrameWatch:
		return only(false, false, false, false, false, false)
	case FrameAction:
		if err := only(false, false, false, true, false, false); err != nil {
			return err
		}
		if f.Action.ID.IsZero() {
			return Invalid("/action/id", "an action on the stream brings its own id, a UUIDv7")
		}
		return Under("/action", f.Action.Check())
	}
	return Invalid("/kind", "%q is not a frame that a client sends", clip(string(f.Kind)))
}

func (f *ClientFrame) checkHandles() error {
	switch {
	case f.Kind != FrameWatch && len(f.Handles) > 0:
		return Invalid("/handles", "only with presence.watch")
	case len(f.Handles) > MaxWatched:
		return Invalid("/handles", "at most %d people are watched", MaxWatched)
	}
	for i, h := range f.Handles {
		if err := text.Handle(h); err != nil {
			return Invalid("/handles/"+strconv.Itoa(i), "%v", err)
		}
	}
	return nil
}

// ServerFrame is every frame that a server sends, as a client reads it. The
// server writes only the fields of each kind.
type ServerFrame struct {
	Kind FrameKind `json:"kind"`
	Ref  string    `json:"ref,omitempty"`

	// hello
	Epoch    Epoch    `json:"epoch,omitzero"`
	Features []string `json:"features,omitempty"`
	Limits   *Limits  `json:"limits,omitempty"`
	PingS    int      `json:"ping_s,omitzero"`
	// signed_in: who this connection speaks for
	User    UserID    `json:"user,omitzero"`
	Session SessionID `json:"session,omitzero"`
	Handle  string    `json:"handle,omitempty"`
	// heads, heads_end, head
	Heads  []Head `json:"heads,omitempty"`
	Head   *Head  `json:"head,omitempty"`
	Cursor string `json:"cursor,omitempty"`
	// entry, entries
	Event *Entry `json:"event,omitempty"`
	Page  *Page  `json:"page,omitempty"`
	// accepted, result, conflict
	Action ActionID `json:"action,omitzero"`
	Result *Result  `json:"result,omitempty"`
	// marks, is_typing
	Conversation ConversationID `json:"conversation,omitzero"`
	Member       MemberID       `json:"member,omitzero"`
	Received     int64          `json:"received,omitzero"`
	Read         int64          `json:"read,omitzero"`
	// presence
	People []Presence `json:"people,omitempty"`
	// person
	Version int64 `json:"version,omitzero"`
	// problem
	Problem *Problem `json:"problem,omitempty"`
	// going_away
	RetryAfterMS int64 `json:"retry_after_ms,omitzero"`
}

// Presence tells whether a person has a connection. It may be a minute old
// (promise P); who may not be seen, or is not there at all, is not online.
type Presence struct {
	Handle string `json:"handle"`
	Online bool   `json:"online"`
}

// Limits is what hello says of the server's limits.
type Limits struct {
	Text        int   `json:"text"`
	Frame       int   `json:"frame"`
	Pull        int   `json:"pull"`
	Group       int64 `json:"group"`         // members of a group
	EditWindowS int64 `json:"edit_window_s"` // how long after sending a message can be edited
}

// CloseCode is a WebSocket close code with what the client does next. The list
// is closed; a client treats an unknown one as CloseTryAgain.
type CloseCode int

// The close codes.
const (
	CloseNormal      CloseCode = 1000 // the client closed
	CloseGoingAway   CloseCode = 1001 // try again, after retry_after_ms
	CloseProtocol    CloseCode = 1002 // do not come back: a client's bug
	CloseBadText     CloseCode = 1007 // do not come back: not UTF-8
	CloseTooBig      CloseCode = 1009 // do not come back: frame above the limit
	CloseTryAgain    CloseCode = 1013 // try again with back-off
	CloseSignIn      CloseCode = 4001 // sign in again: token unknown, expired or revoked
	CloseForbidden   CloseCode = 4003 // do not come back: suspended or deleted
	CloseAuthTimeout CloseCode = 4008 // try again: no sign-in within 5 s
	CloseStalled     CloseCode = 4010 // try again: the client did not read for 10 s
	CloseTooMany     CloseCode = 4029 // try again with back-off: too many connections or frames
)
