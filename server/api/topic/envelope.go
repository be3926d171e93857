package topic

import (
	"encoding/hex"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// Envelope is one record of actions.chat: an action with all that the gateway
// stamped on it, or a person's marks. Exactly one of Action and Mark is set.
type Envelope struct {
	Version int         `json:"v"`
	Action  *api.Action `json:"action,omitempty"` // To is resolved to Peer or People; Conversation is always set
	Mark    *Mark       `json:"mark,omitempty"`

	Hash     Digest        `json:"hash,omitzero"`      // Action.Hash as the client asked
	Sender   api.UserID    `json:"sender,omitzero"`    // the principal
	Session  api.SessionID `json:"session,omitzero"`   // zero: the server itself, an administrator
	Since    int64         `json:"since,omitzero"`     // the account's version when the session began (Standing.NotBefore)
	Peer     api.UserID    `json:"peer,omitzero"`      // the other person: message.send to a person, block.*, member.add, group.handover; a keyed pseudo-id if unknown
	People   []api.UserID  `json:"people,omitempty"`   // group.create, resolved from Members in order; pseudo-ids included
	Mentions []api.UserID  `json:"mentions,omitempty"` // message.send and message.edit, resolved from the text; only who is a member counts
	At       api.Time      `json:"at"`                 // when the gateway accepted it

	ReplyTo api.GatewayID `json:"reply_to,omitzero"` // who waits for the result, or for a conflict
	Attempt int64         `json:"attempt,omitzero"`  // which of its attempts
	Wait    bool          `json:"wait,omitzero"`     // the gateway itself wants the result (an HTTP request is held open)

	Trace string `json:"trace,omitempty"` // traceparent (W3C Trace Context) of its acceptance, where traces are sent

	Held   api.ActionID `json:"held,omitzero"`     // held.retry, held.drop: which action, of
	Of     api.UserID   `json:"held_of,omitzero"`  // which sender
	HeldAt *Place       `json:"held_at,omitempty"` // held.drop of records without a sender that can be read

	Report int64 `json:"report,omitzero"` // report.close: its number
}

// Place is where a record lies on a log.
type Place struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	Position  int64  `json:"position"`
}

// Mark is how far a person has received and read; merged by max, clamped to
// last_seq. It has no action id and no outcome (wire: State).
type Mark struct {
	Conversation api.ConversationID `json:"conversation"`
	Person       api.UserID         `json:"person"`
	Received     int64              `json:"received,omitzero"`
	Read         int64              `json:"read,omitzero"`
}

// Digest is an action's hash, hexadecimal in JSON.
type Digest [16]byte

// AppendText appends 32 hexadecimal digits; it never fails.
func (d Digest) AppendText(b []byte) ([]byte, error) { return hex.AppendEncode(b, d[:]), nil }

// MarshalText writes 32 hexadecimal digits.
func (d Digest) MarshalText() ([]byte, error) { return d.AppendText(nil) }

// UnmarshalText reads 32 hexadecimal digits.
func (d *Digest) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(d)) {
		return fmt.Errorf("%q is not a digest of 16 bytes", b)
	}
	_, err := hex.Decode(d[:], b)
	return err
}

// Conversation is the one that e concerns and is keyed by.
func (e *Envelope) Conversation() api.ConversationID {
	if e.Mark != nil {
		return e.Mark.Conversation
	}
	return e.Action.Conversation
}

// Encode writes e for the log, with the lowest version that can be decided by
// it: an older worker stops at what it does not know, and holds nothing for that
// (promises, rule 21).
func (e *Envelope) Encode() []byte {
	e.Version = 1
	switch {
	case e.Action == nil:
	case e.Action.History == api.All, e.HeldAt != nil:
		e.Version = 2
	default:
		e.Version = max(1, since[e.Action.Type])
	}
	return api.Encode(e)
}

// since tells which actions an older version does not know.
var since = map[api.ActionType]int{
	api.EditMessage: 2, api.DeleteMessage: 2, api.ReportMessage: 2, api.CloseReport: 2, api.RenameGroup: 2, api.SetRole: 2,
	api.HandOver: 3, api.Purge: 3,
}

// DecodeEnvelope reads a record of actions.chat. Its error is ErrNewer or ErrMalformed, wrapped.
func DecodeEnvelope(b []byte) (*Envelope, error) {
	var e Envelope
	err := json.Unmarshal(b, &e)
	switch {
	case e.Version > Version:
		return nil, fmt.Errorf("%w: %d, this program reads up to %d", ErrNewer, e.Version, Version)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case e.Version < 1, (e.Action == nil) == (e.Mark == nil):
		return nil, fmt.Errorf("%w: neither an action nor a mark", ErrMalformed)
	case e.Action != nil && (e.Action.ID.IsZero() || e.Sender.IsZero() || e.Action.Conversation.IsZero()):
		return nil, fmt.Errorf("%w: an action without id, sender or conversation", ErrMalformed)
	}
	return &e, nil
}

// Standing is one record of the topic accounts: the account's whole standing
// when it was published, so that a late record never hides an earlier change.
type Standing struct {
	V         int             `json:"v"`
	User      api.UserID      `json:"user"`
	Version   int64           `json:"version"` // of the account; only a higher one is applied
	Handle    string          `json:"handle"`
	Suspended bool            `json:"suspended,omitzero"`
	Deleted   bool            `json:"deleted,omitzero"`
	NotBefore int64           `json:"not_before,omitzero"` // sessions begun at a lower account version are ended
	Revoked   []api.SessionID `json:"revoked,omitempty"`   // sessions that would still be alive
}

// Encode writes s for the log.
func (s *Standing) Encode() []byte {
	s.V = 1
	return api.Encode(s)
}

// DecodeStanding reads a record of accounts. Its error is ErrNewer or ErrMalformed, wrapped.
func DecodeStanding(b []byte) (*Standing, error) {
	var s Standing
	err := json.Unmarshal(b, &s)
	switch {
	case s.V > Version:
		return nil, fmt.Errorf("%w: %d, this program reads up to %d", ErrNewer, s.V, Version)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case s.V < 1, s.User.IsZero(), s.Version < 1:
		return nil, fmt.Errorf("%w: a standing without user or version", ErrMalformed)
	}
	return &s, nil
}
