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

// Connection is an open stream as administrators see one, at one moment.
type Connection struct {
	Gateway    GatewayID `json:"gateway"`
	Connection int64     `json:"connection"` // its number at the gateway
	User       UserID    `json:"user,omitzero"`
	Session    SessionID `json:"session,omitzero"`
	Handle     string    `json:"handle"` // empty before signing in
	Address    string    `json:"address"`
	Opened     Time      `json:"opened"`
	Live       bool      `json:"live"`         // gets entries as they come
	Lagging    bool      `json:"lagging"`      // its queue was dropped; it reads anew
	Rooms      int       `json:"rooms"`        // where it stands
	Frames     int       `json:"queue_frames"` // that wait
	Bytes      int       `json:"queue_bytes"`
	SilentMS   int64     `json:"silent_ms"` // since anything came from it
	Slow       string    `json:"slow"`      // why it is slow; empty: it is not
}
