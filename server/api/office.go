package api

// Conversation is a conversation as administrators see it: who and how much,
// never what was written.
type Conversation struct {
	Conversation ConversationID   `json:"conversation"`
	Kind         ConversationKind `json:"kind"`
	Name         string           `json:"name"`
	People       []string         `json:"people"` // direct: the handles of both
	History      History          `json:"history"`
	Members      int64            `json:"members"` // present
	Entries      int64            `json:"entries"`
	Messages     int64            `json:"messages"`
	LastTime     Time             `json:"last_time"`
}

// ConversationFilter says which conversations a list is of; each field that is set keeps fewer.
type ConversationFilter struct {
	Kind   ConversationKind
	Name   string // a group's, exactly
	Member UserID // who is in it
}

// Seat is a member as administrators see one.
type Seat struct {
	Member      MemberID   `json:"member"`
	User        UserID     `json:"user"`
	Handle      string     `json:"handle"`
	Role        Role       `json:"role"`
	Membership  Membership `json:"membership"`
	JoinedSeq   int64      `json:"joined_seq"`
	ReadSeq     int64      `json:"read_seq"`
	ReceivedSeq int64      `json:"received_seq"`
}

// Transport is what a stream is carried by.
type Transport string

// The transports.
const (
	WebSocket        Transport = "websocket"
	ServerSentEvents Transport = "sse" // its client only listens
)

// Connection is an open stream as administrators see one, at one moment.
type Connection struct {
	Gateway    GatewayID `json:"gateway"`
	Connection int64     `json:"connection"` // its number at the gateway
	User       UserID    `json:"user,omitzero"`
	Session    SessionID `json:"session,omitzero"`
	Handle     string    `json:"handle"` // empty before signing in
	Address    string    `json:"address"`
	Transport  Transport `json:"transport"`
	Opened     Time      `json:"opened"`
	Live       bool      `json:"live"`         // gets entries as they come
	Lagging    bool      `json:"lagging"`      // its queue was dropped; it reads anew
	Rooms      int       `json:"rooms"`        // where it stands
	Frames     int       `json:"queue_frames"` // that wait
	Bytes      int       `json:"queue_bytes"`
	SilentMS   int64     `json:"silent_ms"` // since anything came from it
	Slow       string    `json:"slow"`      // why it is slow; empty: it is not
}

// Trail is what is stored of an action and who has what it made, for
// administrators. An id is unique per sender only, so Found may be several; where
// it is empty the action may wait on the log, was never accepted, or has expired.
type Trail struct {
	Action ActionID `json:"action"`
	Made   Time     `json:"made,omitzero"` // by its sender's clock, where the id tells
	Found  []Traced `json:"found"`
	Log    LogState `json:"log"`
}

// LogState is how far the log of actions has come, in stored messages of several
// actions each. Accepted is 0 where the engine does not tell.
type LogState struct {
	Accepted  int64 `json:"accepted"`
	Decided   int64 `json:"decided"`   // by this process
	Published int64 `json:"published"` // results are out
}

// Traced is one sender's action.
type Traced struct {
	Sender   UserID    `json:"sender"`
	Handle   string    `json:"handle"` // empty: not an account, or erased
	Result   Result    `json:"result"`
	Position int64     `json:"position,omitzero"` // its place on the log; 0: kept of the latest of a conversation alone
	Held     *Held     `json:"held,omitempty"`
	Decided  *Decision `json:"decided,omitempty"` // nil: no worker of this process remembers
	Reach    *Reach    `json:"reach,omitempty"`   // of what made an entry
	Way      *Way      `json:"way,omitempty"`     // likewise
}

// Decision is how an action got its outcome: by which worker, in which term of its
// partition, and where the action lay on the log.
type Decision struct {
	Worker    WorkerID `json:"worker"`
	Partition int      `json:"partition"`
	Term      int64    `json:"term"`
	Position  int64    `json:"position"`
	Time      Time     `json:"time"`
}

// Way is what one gateway remembers of an entry. It keeps the latest alone: of
// what is older than since it knows nothing any more.
type Way struct {
	Gateway      GatewayID      `json:"gateway"`
	Pushes       []Push         `json:"pushes"`
	PushesSince  Time           `json:"pushes_since"`
	Acknowledged []Acknowledged `json:"acknowledged"`
	MarksSince   Time           `json:"marks_since"`
}

// Push is entries that a gateway queued together for its connections in a room.
type Push struct {
	Time        Time  `json:"time"`
	First       int64 `json:"first"` // seq
	Last        int64 `json:"last"`
	Connections int   `json:"connections"`
}

// Acknowledged is one device's word that it has an entry.
type Acknowledged struct {
	User       UserID    `json:"user"`
	Session    SessionID `json:"session"`
	Connection int64     `json:"connection"` // the stream that it came by; 0: a request
	Received   Time      `json:"received"`
	Read       Time      `json:"read,omitzero"`
}

// Reach is who of those entitled to an entry is known to have it.
type Reach struct {
	Entitled int64     `json:"entitled"`
	Received int64     `json:"received"`
	Read     int64     `json:"read"`
	Members  []Reached `json:"members"` // at most ReachMembers, those without it first
}

// ReachMembers is how many members a Reach names.
const ReachMembers = 100

// Reached is one of them. Marks are a member's, of whichever device was first;
// Streams are open now at the gateway that answers, and need not be what it came by.
type Reached struct {
	Member   MemberID `json:"member"`
	User     UserID   `json:"user"`
	Handle   string   `json:"handle"`
	Received bool     `json:"received"`
	Read     bool     `json:"read"`
	Streams  []int64  `json:"streams"`
}
