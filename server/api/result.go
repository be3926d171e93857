package api

import "time"

// Outcome is the terminal answer to an action, or action.held.
type Outcome string

// The outcomes.
const (
	MessageSent   Outcome = "message.sent"
	MessageEdited Outcome = "message.edited"
	MessageGone   Outcome = "message.deleted"
	Reported      Outcome = "message.reported"
	GroupCreated  Outcome = "group.created"
	GroupRenamed  Outcome = "group.renamed"
	MemberAdded   Outcome = "member.added"
	MemberRemoved Outcome = "member.removed"
	MemberLeft    Outcome = "member.left"
	MemberRanked  Outcome = "member.role"
	MemberErased  Outcome = "member.erased"
	BlockSet      Outcome = "block.set"
	BlockCleared  Outcome = "block.cleared"
	Purged        Outcome = "conversation.purged"
	HeldRetried   Outcome = "held.retried"
	HeldDropped   Outcome = "held.dropped"
	ReportClosed  Outcome = "report.closed"
	Refused       Outcome = "refused"     // Reason says why
	ActionHeld    Outcome = "action.held" // not terminal: an administrator decides
)

// Reason says why an action was refused. The list is closed.
type Reason string

// The reasons.
const (
	ReasonUnavailable   Reason = "unavailable"    // unknown, blocking, suspended or deleted: one answer for all (promises, rule 17)
	ReasonNotMember     Reason = "not_member"     // no such conversation, or not a member of it: the same answer
	ReasonForbidden     Reason = "forbidden"      // a member, but without the right
	ReasonSignedOut     Reason = "signed_out"     // the session was revoked before the commit
	ReasonSuspended     Reason = "suspended"      // the sender is suspended or deleted
	ReasonAlreadyMember Reason = "already_member" // member.add
	ReasonFull          Reason = "full"           // the group has its largest size
	ReasonBlockedByYou  Reason = "blocked_by_you" // the sender blocks the receiver
	ReasonBadReply      Reason = "bad_reply"      // reply_to names no message that the sender may read
	ReasonNoMessage     Reason = "no_message"     // target names no message that the sender may read, or one that is deleted
	ReasonTooLate       Reason = "too_late"       // message.edit after the window
	ReasonExists        Reason = "exists"         // group.create with a taken id
	ReasonDropped       Reason = "dropped"        // an administrator dropped a held action
	ReasonNotHeld       Reason = "not_held"       // held.retry or held.drop of what is not held
	ReasonNoReport      Reason = "no_report"      // report.close of what is not open
)

// Result is what became of an action. Time is that of the entry, or of the
// decision where there is none.
type Result struct {
	Action       ActionID       `json:"action"`
	Outcome      Outcome        `json:"outcome"`
	Reason       Reason         `json:"reason,omitempty"`
	Conversation ConversationID `json:"conversation,omitzero"`
	Seq          int64          `json:"seq,omitzero"`
	Ord          int64          `json:"ord,omitzero"`
	Time         Time           `json:"time,omitzero"`
}

// Time is a moment in UTC with milliseconds (RFC 3339 in JSON, milliseconds since 1970 in SQL and on the log).
type Time int64

// Now is the wall clock's time.
func Now() Time { return TimeOf(time.Now()) }

// TimeOf cuts t to milliseconds.
func TimeOf(t time.Time) Time { return Time(t.UnixMilli()) }

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.UnixMilli(int64(t)).UTC() }

func (t Time) String() string { return t.Std().Format(timeFormat) }

const timeFormat = "2006-01-02T15:04:05.000Z"

// AppendText appends RFC 3339 with milliseconds; it never fails.
func (t Time) AppendText(b []byte) ([]byte, error) { return t.Std().AppendFormat(b, timeFormat), nil }

// MarshalText writes RFC 3339 with milliseconds.
func (t Time) MarshalText() ([]byte, error) { return t.AppendText(nil) }

// UnmarshalText reads RFC 3339.
func (t *Time) UnmarshalText(b []byte) error {
	s, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return err
	}
	*t = TimeOf(s)
	return nil
}
