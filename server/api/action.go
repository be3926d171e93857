package api

import (
	"crypto/sha256"
	"fmt"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/go-json-experiment/json"
)

// ActionType is what an action asks for.
type ActionType string

// The actions of the chat service.
const (
	SendMessage   ActionType = "message.send"
	EditMessage   ActionType = "message.edit"
	DeleteMessage ActionType = "message.delete"
	ReportMessage ActionType = "message.report"
	CreateGroup   ActionType = "group.create"
	RenameGroup   ActionType = "group.rename"
	AddMember     ActionType = "member.add"
	RemoveMember  ActionType = "member.remove"
	SetRole       ActionType = "member.role"
	LeaveGroup    ActionType = "member.leave"
	SetBlock      ActionType = "block.set"
	ClearBlock    ActionType = "block.clear"
	// Administration only: never accepted from a client's frame or route.
	RetryHeld   ActionType = "held.retry"
	DropHeld    ActionType = "held.drop"
	CloseReport ActionType = "report.close"
	HandOver    ActionType = "group.handover"
	Purge       ActionType = "conversation.purge"
	// The server itself only, for an account that is deleted.
	EraseMember ActionType = "member.erase"
)

// History says what a new member of a group may read.
type History string

// The histories of a group.
const (
	SinceJoin History = "since_join" // from the own joining on
	All       History = "all"        // from the group's beginning on
)

// Action is something a person asks for: it is carried by a log to the service
// that decides it, and has exactly one outcome. Which fields a type takes is
// what Check tests. A person is named by handle (To, Members) outside a
// conversation and by member id (Member) inside one.
type Action struct {
	ID           ActionID       `json:"id,omitzero"`
	Type         ActionType     `json:"type"`
	Conversation ConversationID `json:"conversation,omitzero"`
	To           string         `json:"to,omitempty"`      // message.send to a person, member.add, block.*: the handle
	Text         string         `json:"text,omitempty"`    // message.send, message.edit; message.report: the reporter's own words
	ReplyTo      int64          `json:"reply_to,omitzero"` // message.send: the seq of a message
	Target       int64          `json:"target,omitzero"`   // message.edit, message.delete, message.report: the seq of the message
	Name         string         `json:"name,omitempty"`    // group.create, group.rename
	History      History        `json:"history,omitempty"` // group.create; default since_join
	Members      []string       `json:"members,omitempty"` // group.create: handles
	Member       MemberID       `json:"member,omitzero"`   // member.remove, member.role
	Role         Role           `json:"role,omitempty"`    // member.role; owner hands the group over
}

// Check reports the first thing that is wrong with a as a Problem of kind Invalid.
func (a *Action) Check() error {
	has := map[string]bool{
		"conversation": !a.Conversation.IsZero(), "to": a.To != "", "text": a.Text != "", "reply_to": a.ReplyTo != 0,
		"target": a.Target != 0, "role": a.Role != "", "name": a.Name != "", "history": a.History != "", "members": a.Members != nil, "member": !a.Member.IsZero(),
	}
	shape, ok := shapes[a.Type]
	if !ok {
		return Invalid("/type", "%q is not an action", clip(string(a.Type)))
	}
	for _, f := range actionFields {
		switch shape[f] {
		case must:
			if !has[f] {
				return Invalid("/"+f, "%s needs it", a.Type)
			}
		case never:
			if has[f] {
				return Invalid("/"+f, "%s does not take it", a.Type)
			}
		}
	}
	if a.Type == SendMessage && has["to"] == has["conversation"] {
		return Invalid("/to", "name either a person (to) or a conversation")
	}
	return a.checkValues()
}

func (a *Action) checkValues() error {
	if a.To != "" {
		if err := text.Handle(a.To); err != nil {
			return Invalid("/to", "%v", err)
		}
	}
	if len(a.Members) > MaxGroupCreate {
		return Invalid("/members", "at most %d people, not %d; add the others later", MaxGroupCreate, len(a.Members))
	}
	for i, h := range a.Members {
		if err := text.Handle(h); err != nil {
			return Invalid(fmt.Sprintf("/members/%d", i), "%v", err)
		}
	}
	if a.ReplyTo < 0 || a.ReplyTo >= 1<<53 {
		return Invalid("/reply_to", "a seq lies between 1 and 2^53")
	}
	if a.Target < 0 || a.Target >= 1<<53 {
		return Invalid("/target", "a seq lies between 1 and 2^53")
	}
	if a.History != "" && a.History != SinceJoin && a.History != All {
		return Invalid("/history", "%q is not known; since_join and all are", clip(string(a.History)))
	}
	if a.Role != "" && a.Role != Owner && a.Role != Admin && a.Role != Plain {
		return Invalid("/role", "%q is not known; owner, admin and member are", clip(string(a.Role)))
	}
	return a.checkText()
}

func (a *Action) checkText() error {
	if a.Type == CreateGroup || a.Type == RenameGroup {
		if err := text.Name(a.Name, MaxName); err != nil {
			return Invalid("/name", "%v", err)
		}
	}
	if a.Text != "" {
		if err := text.Message(a.Text, MaxText); err != nil {
			return Invalid("/text", "%v", err)
		}
	}
	return nil
}

type need byte

const (
	never need = iota
	may
	must
)

var actionFields = []string{"conversation", "to", "text", "reply_to", "target", "name", "history", "members", "member", "role"}

var shapes = map[ActionType]map[string]need{
	SendMessage:   {"conversation": may, "to": may, "text": must, "reply_to": may},
	EditMessage:   {"conversation": must, "target": must, "text": must},
	DeleteMessage: {"conversation": must, "target": must},
	ReportMessage: {"conversation": must, "target": must, "text": may},
	CreateGroup:   {"name": must, "history": may, "members": may},
	RenameGroup:   {"conversation": must, "name": must},
	AddMember:     {"conversation": must, "to": must},
	RemoveMember:  {"conversation": must, "member": must},
	SetRole:       {"conversation": must, "member": must, "role": must},
	LeaveGroup:    {"conversation": must},
	SetBlock:      {"to": must},
	ClearBlock:    {"to": must},
}

// Hash names what was asked (type, conversation, body) without its id, so that
// a key that is used again for something else is noticed. The caller has
// replaced To of a message by the conversation.
func (a Action) Hash() [16]byte {
	a.ID = ActionID{}
	b, err := json.Marshal(&a, json.Deterministic(true))
	if err != nil {
		panic(err) // Check has passed: plain strings and numbers
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
