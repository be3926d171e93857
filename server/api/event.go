package api

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// EntryKind is what an entry of a conversation's log tells. Clients ignore kinds they do not know.
type EntryKind string

// The kinds of entry.
const (
	EntryCreate  EntryKind = "create"
	EntryMessage EntryKind = "message"
	EntryEdit    EntryKind = "edit"
	EntryDelete  EntryKind = "delete"
	EntryMember  EntryKind = "member"
	EntryRename  EntryKind = "rename"
	EntryErase   EntryKind = "erase" // all messages of a member before it are tombstones
	EntryPurge   EntryKind = "purge" // all messages up to a place before it are tombstones
)

// Change is what happened to a member.
type Change string

// The changes of membership.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Left    Change = "left"
	Ranked  Change = "role" // still a member, with another role
)

// Role of a member in a group; direct conversations have members only.
type Role string

// The roles.
const (
	Owner Role = "owner"  // one in each group: removes anybody, gives roles, and all that admins do
	Admin Role = "admin"  // renames, deletes others' messages, removes plain members
	Plain Role = "member" // writes, adds people, leaves
)

// Entry is one place of a conversation's log: seq is dense from 1, ord counts
// the messages up to and including it. Sender is the member who caused it; the
// zero id is no member but an administrator of the server.
// Body is, by kind: MessageBody, EditBody, DeleteBody, CreateBody, MemberBody, RenameBody, EraseBody or PurgeBody.
type Entry struct {
	Conversation ConversationID `json:"conversation"`
	Seq          int64          `json:"seq"`
	Ord          int64          `json:"ord"`
	Kind         EntryKind      `json:"entry"`
	Sender       MemberID       `json:"sender"`
	Action       ActionID       `json:"action"`
	Time         Time           `json:"time"`
	Body         jsontext.Value `json:"body"`
}

// MessageBody is the body of a message. In the log (entries) it is what was
// first sent; among messages it is the text as it stands now for the reader,
// with Edited and DeletedBy. A deleted message has no text anywhere.
type MessageBody struct {
	Text      string     `json:"text"`
	ReplyTo   int64      `json:"reply_to,omitzero"`
	Mentions  []MemberID `json:"mentions,omitempty"`
	Edited    int64      `json:"edited,omitzero"` // the seq of the edit that the text is of
	Deleted   bool       `json:"deleted,omitzero"`
	DeletedBy MemberID   `json:"deleted_by,omitzero"` // where the reader may see who it was
}

// EditBody is the body of an edit: the whole new text of the message Target,
// and whom it mentions now. Once that message is deleted it has no text either.
type EditBody struct {
	Target   int64      `json:"target"`
	Text     string     `json:"text"`
	Mentions []MemberID `json:"mentions,omitempty"`
	Deleted  bool       `json:"deleted,omitzero"`
}

// DeleteBody is the body of a deletion, by the entry's sender, of the message Target.
type DeleteBody struct {
	Target int64 `json:"target"`
}

// RenameBody is the body of a change of a group's name.
type RenameBody struct {
	Name string `json:"name"`
}

// EraseBody is the body of the entry that makes all of Member's messages
// tombstones. Left is set when Member was in the group until then; Owner, when
// they owned it: who does now.
type EraseBody struct {
	Member MemberID `json:"member"`
	Left   bool     `json:"left,omitzero"`
	Owner  MemberID `json:"owner,omitzero"`
}

// PurgeBody is the body of the entry by which an administrator made all messages
// with a seq up to Through tombstones.
type PurgeBody struct {
	Through int64 `json:"through"`
}

// CreateBody is the body of a group's first entry.
type CreateBody struct {
	Name    string     `json:"name"`
	History History    `json:"history"`
	Members []MemberID `json:"members"` // the creator first
}

// MemberBody is the body of a change of membership or role. Owner is set when
// the leaving owner handed the group over: the new owner. Role is set with the
// change role; where it is owner, whoever was that is an admin now.
type MemberBody struct {
	Change Change   `json:"change"`
	Member MemberID `json:"member"`
	Owner  MemberID `json:"owner,omitzero"`
	Role   Role     `json:"role,omitempty"`
}

// ConversationKind is direct or group.
type ConversationKind string

// The kinds of conversation.
const (
	Direct ConversationKind = "direct"
	Group  ConversationKind = "group"
)

// Membership tells whether the reader of a head is in the conversation now.
type Membership string

// The memberships.
const (
	Present Membership = "present"
	Gone    Membership = "gone" // left or removed: reads end at the interval's end
)

// Head is where a conversation stands for one reader. For one who left, LastSeq
// and LastOrd are those of the interval's end. Unread messages are LastOrd - ReadOrd.
type Head struct {
	Conversation ConversationID   `json:"conversation"`
	Kind         ConversationKind `json:"type"`
	Name         string           `json:"name,omitempty"` // of a group
	Peer         string           `json:"peer,omitempty"` // the other's handle in a direct conversation
	LastSeq      int64            `json:"last_seq"`
	LastOrd      int64            `json:"last_ord"`
	LastTime     Time             `json:"last_time,omitzero"`
	ReadSeq      int64            `json:"read_seq"`
	ReadOrd      int64            `json:"read_ord"`
	ReceivedSeq  int64            `json:"received_seq"`
	Mentions     int64            `json:"mentions"` // unread messages that mention the reader
	Me           MemberID         `json:"me"`
	Role         Role             `json:"role"`
	Membership   Membership       `json:"membership"`
}

// Member is one member as others see it. The marks are shown in conversations of at most MaxMarksShown members.
type Member struct {
	Member      MemberID   `json:"member"`
	Handle      string     `json:"handle"`
	Role        Role       `json:"role"`
	Membership  Membership `json:"membership"`
	ReadSeq     int64      `json:"read_seq,omitzero"`
	ReceivedSeq int64      `json:"received_seq,omitzero"`
}

// Withheld is a range of seq that the reader may not see; the client advances over it.
type Withheld struct {
	From int64 `json:"from"`
	To   int64 `json:"to"`
}

// Page is a part of a conversation's log, ascending. Every seq after the asked
// one up to Next is either in Entries or in Withheld (for messages: or not a
// message). Next is where the following page starts (ask with after=Next);
// More tells whether there is one.
type Page struct {
	Conversation ConversationID `json:"conversation"`
	Entries      []Entry        `json:"entries"`
	Withheld     []Withheld     `json:"withheld,omitempty"`
	Next         int64          `json:"next"`
	More         bool           `json:"more"`
}

// Changes is what changed for a person after a version: GET /v1/me/changes.
type Changes struct {
	Version int64   `json:"version"`
	Heads   []Head  `json:"heads"`
	Blocks  []Block `json:"blocks"`
}

// Block is one block of the reader's, or its end.
type Block struct {
	Handle string `json:"handle"`
	Active bool   `json:"active"`
}

// Held is a record that could not be decided and waits for an administrator.
type Held struct {
	Number       int64          `json:"number"` // its place in the list, ascending
	Topic        string         `json:"topic"`
	Partition    int            `json:"partition"`
	Position     int64          `json:"position"`
	Sender       UserID         `json:"sender,omitzero"`
	Action       ActionID       `json:"action,omitzero"`
	Conversation ConversationID `json:"conversation,omitzero"`
	Cause        string         `json:"cause"`
	Time         Time           `json:"time"`
	Record       []byte         `json:"record,omitempty"` // its bytes, where the sender cannot be read and it was asked for alone
}

// Place names where h lies on its log, as "TOPIC/PARTITION:POSITION".
func (h *Held) Place() string { return fmt.Sprintf("%s/%d:%d", h.Topic, h.Partition, h.Position) }

// SignedIn answers a sign-in: Token is shown this once.
type SignedIn struct {
	Token   string    `json:"token"`
	User    UserID    `json:"user"`
	Session SessionID `json:"session"`
	Handle  string    `json:"handle"`
}

// Accepted answers an action that is on the log (promise A1).
type Accepted struct {
	Action ActionID `json:"action"`
}

// Me is the reader's own account.
type Me struct {
	User        UserID   `json:"user"`
	Handle      string   `json:"handle"`
	DisplayName string   `json:"display_name"`
	Email       string   `json:"email"`
	Grants      []string `json:"grants"`
	Version     int64    `json:"version"`
	Presence    string   `json:"presence"` // PresenceOn or PresenceOff
}

// Whether a person shows others that they are connected, and sees others' presence.
const (
	PresenceOn  = "on"
	PresenceOff = "off"
)

// Session is one sign-in of the reader's own.
type Session struct {
	Session  SessionID `json:"session"`
	Name     string    `json:"name"`
	Created  Time      `json:"created"`
	LastUsed Time      `json:"last_used"`
	Current  bool      `json:"current"`
	Lasting  bool      `json:"lasting,omitzero"` // a bot's token: it ends only when it is revoked
}

// User is an account as administrators see it.
type User struct {
	User        UserID   `json:"user"`
	Handle      string   `json:"handle"`
	DisplayName string   `json:"display_name"`
	Email       string   `json:"email"`
	Verified    bool     `json:"verified"`
	Suspended   bool     `json:"suspended"`
	Until       Time     `json:"until,omitzero"` // of the suspension; none: for good
	Deleted     bool     `json:"deleted"`
	Grants      []string `json:"grants"`
	Created     Time     `json:"created"`
	Version     int64    `json:"version"`
}

// What an account may be granted beyond talking.
const (
	GrantAdmin    = "admin"    // to administer the server over the network
	GrantLoadTest = "loadtest" // to make throw-away people, and not to be limited
)

// UserState is whether an account may do anything. One that is deleted is shown
// until its messages are erased, and after that under a pseudonym.
type UserState string

const (
	UserActive    UserState = "active"
	UserSuspended UserState = "suspended"
	UserDeleted   UserState = "deleted"
)

// UserFilter says which accounts a list is of; each field that is set keeps fewer.
type UserFilter struct {
	Text  string // their handle or address contains it
	State UserState
	Grant string
	Bots  bool // they have a token for a bot in force
}

// Invite is a code that lets people sign up, as administrators see it.
type Invite struct {
	Invite  string `json:"invite"`         // its id
	Code    string `json:"code,omitempty"` // shown once, when it is made
	Note    string `json:"note"`
	Actor   string `json:"actor"` // who made it
	Uses    int64  `json:"uses"`  // accounts that may be made with it; 0: any number
	Used    int64  `json:"used"`
	Created Time   `json:"created"`
	Expires Time   `json:"expires"`
	Revoked bool   `json:"revoked"`
}

// Audited is one change by an administrator.
type Audited struct {
	ID     string `json:"id"`
	Time   Time   `json:"time"`
	Actor  string `json:"actor"` // @HANDLE, or owner: who owns the server's machine
	Act    string `json:"act"`
	Object string `json:"object"`
	Detail string `json:"detail"`
}

// Letter is one letter of the development mailbox.
type Letter struct {
	Number  int64  `json:"number"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
	Time    Time   `json:"time"`
}

// Credential is a throw-away person made for a load test.
type Credential struct {
	Handle string `json:"handle"`
	User   UserID `json:"user"`
	Token  string `json:"token"`
}
