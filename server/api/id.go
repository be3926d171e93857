package api

import (
	"bytes"
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// ID is a UUID whose type parameter says what it names, so that a user's id
// cannot be passed for a conversation's. In JSON it is the usual 36-character
// text, in SQL 16 bytes.
type ID[K any] uuid.UUID

// What an ID can name.
type (
	userKind         struct{}
	conversationKind struct{}
	actionKind       struct{}
	memberKind       struct{}
	sessionKind      struct{}
	gatewayKind      struct{}
	workerKind       struct{}
	epochKind        struct{}
)

// The ids of the wire and of the log.
type (
	UserID         = ID[userKind]         // an account
	ConversationID = ID[conversationKind] // random for groups, derived for direct ones
	ActionID       = ID[actionKind]       // chosen by the client, UUIDv7; unique per sender only
	MemberID       = ID[memberKind]       // a person inside one conversation
	SessionID      = ID[sessionKind]      // a sign-in
	GatewayID      = ID[gatewayKind]      // one gateway process
	WorkerID       = ID[workerKind]       // one process that decides actions
	Epoch          = ID[epochKind]        // an incarnation of the store
)

// New returns a random (version 4) id.
func New[K any]() ID[K] { return ID[K](uuid.New()) }

// NewUserID, NewConversationID, NewMemberID, NewSessionID, NewGatewayID, NewWorkerID and NewEpoch return random ids.
func NewUserID() UserID                 { return New[userKind]() }
func NewConversationID() ConversationID { return New[conversationKind]() }
func NewMemberID() MemberID             { return New[memberKind]() }
func NewSessionID() SessionID           { return New[sessionKind]() }
func NewGatewayID() GatewayID           { return New[gatewayKind]() }
func NewWorkerID() WorkerID             { return New[workerKind]() }
func NewEpoch() Epoch                   { return New[epochKind]() }

// NewActionID returns a UUIDv7 (RFC 9562, 5.7): ordered by time, so that the
// server's index on it grows at its right edge.
func NewActionID() ActionID { return ActionID(uuid.Must(uuid.NewV7())) }

// ParseID reads the 36-character form, and no other.
func ParseID[K any](s string) (ID[K], error) {
	if len(s) != 36 {
		return ID[K]{}, fmt.Errorf("%q is not a UUID of 36 characters", clip(s))
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return ID[K]{}, fmt.Errorf("%q is not a UUID", clip(s))
	}
	return ID[K](u), nil
}

// KeyedActionID turns an Idempotency-Key into an action id: a UUID stands for
// itself, any other key becomes SHA-256(user, key) cut to 16 bytes.
func KeyedActionID(user UserID, key string) ActionID {
	if id, err := ParseID[actionKind](key); err == nil {
		return id
	}
	sum := sha256.Sum256(append(user[:], key...))
	return ActionID(shaped(sum))
}

// DirectConversation is the id of the direct conversation of two people, the
// same from either side.
func DirectConversation(a, b UserID) ConversationID {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	sum := sha256.Sum256(append(append([]byte("direct:"), a[:]...), b[:]...))
	return ConversationID(shaped(sum))
}

// GroupConversation is the id of the group that an action creates: a creation
// that is asked for again with its key comes to the same group.
func GroupConversation(creator UserID, create ActionID) ConversationID {
	sum := sha256.Sum256(append(append([]byte("group:"), creator[:]...), create[:]...))
	return ConversationID(shaped(sum))
}

// shaped cuts a digest to a UUIDv8 (RFC 9562, 5.8).
func shaped(sum [32]byte) uuid.UUID {
	u := uuid.UUID(sum[:16])
	u[6] = u[6]&0x0f | 0x80
	u[8] = u[8]&0x3f | 0x80
	return u
}

func (id ID[K]) String() string { return uuid.UUID(id).String() }

// IsZero reports whether id names nothing; encoders omit it then.
func (id ID[K]) IsZero() bool { return id == ID[K]{} }

// AppendText appends the 36-character form; it never fails.
func (id ID[K]) AppendText(b []byte) ([]byte, error) {
	var t [36]byte
	hex.Encode(t[:8], id[:4])
	hex.Encode(t[9:13], id[4:6])
	hex.Encode(t[14:18], id[6:8])
	hex.Encode(t[19:23], id[8:10])
	hex.Encode(t[24:], id[10:])
	t[8], t[13], t[18], t[23] = '-', '-', '-', '-'
	return append(b, t[:]...), nil
}

// MarshalText writes the 36-character form.
func (id ID[K]) MarshalText() ([]byte, error) { return id.AppendText(nil) }

// UnmarshalText reads the 36-character form, and no other.
func (id *ID[K]) UnmarshalText(b []byte) error {
	u, err := uuid.ParseBytes(b)
	if len(b) != 36 || err != nil {
		_, err = ParseID[K](string(b)) // says what is wrong
		return err
	}
	*id = ID[K](u)
	return nil
}

// Value stores the id as 16 bytes.
func (id ID[K]) Value() (driver.Value, error) { return append([]byte(nil), id[:]...), nil }

// Scan reads the 16 bytes back; NULL becomes the zero id.
func (id *ID[K]) Scan(src any) error {
	b, ok := src.([]byte)
	if src == nil {
		*id = ID[K]{}
		return nil
	}
	if !ok || len(b) != len(id) {
		return fmt.Errorf("an id of 16 bytes was expected, not %T of %d", src, len(b))
	}
	copy(id[:], b)
	return nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
