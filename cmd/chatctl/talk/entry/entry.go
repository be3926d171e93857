// Package entry is an entry of a conversation as history and watch print it: as
// JSON, with people by handle, and as a line for a person.
//
// It knows no server: who the members are is what People.List tells. A People
// belongs to one goroutine.
package entry

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/act"
)

// Row is an entry as history and watch print it: people by handle where the
// reader may see it, else by member id.
type Row struct {
	Conversation api.ConversationID `json:"conversation"`
	Seq          int64              `json:"seq"`
	ID           api.ActionID       `json:"id"`
	Kind         api.EntryKind      `json:"kind"`
	Sender       string             `json:"sender"`
	Text         string             `json:"text"`
	Time         api.Time           `json:"time"`
	Ord          int64              `json:"ord"`
	Member       api.MemberID       `json:"member"` // the sender, inside the conversation
	ReplyTo      int64              `json:"reply_to,omitzero"`
	Mentions     []string           `json:"mentions,omitempty"`
	Edited       int64              `json:"edited,omitzero"`      // message: the seq of the edit that the text is of
	Target       int64              `json:"target,omitzero"`      // edit, delete: the seq of the message
	Through      int64              `json:"through,omitzero"`     // purge: messages up to this seq are deleted
	Deleted      bool               `json:"deleted,omitzero"`     // message, edit: the text is gone
	DeletedBy    string             `json:"deleted_by,omitempty"` // message: who made it go
	Name         string             `json:"name,omitempty"`       // create, rename: the group's
	Members      []string           `json:"members,omitempty"`    // create: the first ones
	Change       api.Change         `json:"change,omitempty"`     // member: what happened
	Person       string             `json:"person,omitempty"`     // member: to whom
	Owner        string             `json:"owner,omitempty"`      // member: who owns the group now
	Role         api.Role           `json:"role,omitempty"`       // member: the new role
}

// People names the members of one conversation. It asks for the list again when
// an unknown one appears, once for each.
type People struct {
	List  func(context.Context) ([]api.Member, error)
	known map[api.MemberID]string
}

func (p *People) name(ctx context.Context, id api.MemberID) (string, error) {
	if id.IsZero() {
		return office, nil
	}
	if name, ok := p.known[id]; ok {
		return name, nil
	}
	members, err := p.List(ctx)
	if err != nil {
		return "", err
	}
	if p.known == nil {
		p.known = map[api.MemberID]string{}
	}
	for _, m := range members {
		if m.Handle != "" {
			p.known[m.Member] = m.Handle
		}
	}
	p.known[id] = cmp.Or(p.known[id], id.String())
	return p.known[id], nil
}

func (p *People) names(ctx context.Context, ids []api.MemberID) (names []string, err error) {
	for _, id := range ids {
		name, err := p.name(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// Row reads e as p's conversation shows it. An entry of a kind that this
// chatctl does not know keeps its place without details.
func (p *People) Row(ctx context.Context, e api.Entry) (r Row, err error) {
	r = Row{Conversation: e.Conversation, Seq: e.Seq, ID: e.Action, Kind: e.Kind, Time: e.Time, Ord: e.Ord, Member: e.Sender}
	if r.Sender, err = p.name(ctx, e.Sender); err != nil {
		return r, err
	}
	switch e.Kind {
	case api.EntryMessage, api.EntryEdit:
		return r, p.message(ctx, &r, e)
	case api.EntryDelete:
		body, err := body[api.DeleteBody](e)
		r.Target = body.Target
		return r, err
	case api.EntryCreate:
		body, err := body[api.CreateBody](e)
		if err != nil {
			return r, err
		}
		r.Name = body.Name
		r.Members, err = p.names(ctx, body.Members)
		return r, err
	case api.EntryRename:
		body, err := body[api.RenameBody](e)
		r.Name = body.Name
		return r, err
	case api.EntryMember:
		return r, p.member(ctx, &r, e)
	case api.EntryErase:
		return r, p.erased(ctx, &r, e)
	case api.EntryPurge:
		body, err := body[api.PurgeBody](e)
		r.Through = body.Through
		return r, err
	}
	return r, nil
}

// message reads a message, or an edit of one.
func (p *People) message(ctx context.Context, r *Row, e api.Entry) error {
	m, err := body[struct {
		api.MessageBody
		Target int64 `json:"target"`
	}](e)
	if err != nil {
		return err
	}
	r.Text, r.ReplyTo, r.Target, r.Edited, r.Deleted = m.Text, m.ReplyTo, m.Target, m.Edited, m.Deleted
	if r.Mentions, err = p.names(ctx, m.Mentions); err != nil || m.DeletedBy.IsZero() {
		return err
	}
	r.DeletedBy, err = p.name(ctx, m.DeletedBy)
	return err
}

// member reads a change of membership or role.
func (p *People) member(ctx context.Context, r *Row, e api.Entry) error {
	m, err := body[api.MemberBody](e)
	if err != nil {
		return err
	}
	r.Change, r.Role = m.Change, m.Role
	if r.Person, err = p.name(ctx, m.Member); err != nil || m.Owner.IsZero() {
		return err
	}
	r.Owner, err = p.name(ctx, m.Owner)
	return err
}

// body reads an entry's body.
func body[T any](e api.Entry) (T, error) {
	v, err := api.DecodeTolerant[T](e.Body)
	if err != nil {
		err = unreadable(e, err)
	}
	return v, err
}

func unreadable(e api.Entry, err error) error {
	return fmt.Errorf("conversation %s, seq %d: reading the entry: %w", e.Conversation, e.Seq, err)
}

func (p *People) erased(ctx context.Context, r *Row, e api.Entry) error {
	body, err := body[api.EraseBody](e)
	if err != nil {
		return err
	}
	if r.Person, err = p.name(ctx, body.Member); err != nil || body.Owner.IsZero() {
		return err
	}
	r.Owner, err = p.name(ctx, body.Owner)
	return err
}

// Line is r for a person, in the place that place names.
func (r Row) Line(place string) string {
	when := r.Time.Std().Local().Format("2006-01-02 15:04:05")
	return fmt.Sprintf("%s/%d  %s  %s", place, r.Seq, when, r.what())
}

func (r Row) what() string {
	who := at(r.Sender)
	switch r.Kind {
	case api.EntryMessage:
		return r.message(who)
	case api.EntryEdit:
		if r.Deleted {
			return fmt.Sprintf("-- %s edited %d, which is deleted now", who, r.Target)
		}
		return said(fmt.Sprintf("%s (edits %d)", who, r.Target), r.Text)
	case api.EntryDelete:
		return fmt.Sprintf("-- %s deleted %d", who, r.Target)
	case api.EntryRename:
		return fmt.Sprintf("-- %s renamed the group to %q", who, r.Name)
	case api.EntryCreate:
		with := make([]string, len(r.Members))
		for i, m := range r.Members {
			with[i] = at(m)
		}
		return fmt.Sprintf("-- %s made the group %q with %s", who, r.Name, strings.Join(with, ", "))
	case api.EntryMember:
		if r.Change == api.Ranked {
			return fmt.Sprintf("-- %s: %s is %s now", who, at(r.Person), r.Role)
		}
		s := fmt.Sprintf("-- %s: %s %s", who, r.Change, at(r.Person))
		if r.Owner != "" {
			s += "; the group is now owned by " + at(r.Owner)
		}
		return s
	case api.EntryErase:
		return r.erased()
	case api.EntryPurge:
		return fmt.Sprintf("-- %s deleted all messages up to %d", who, r.Through)
	}
	return fmt.Sprintf("-- %s: %s", who, r.Kind)
}

// message writes a message: its text with what became of it, or its tombstone.
func (r Row) message(who string) string {
	switch {
	case r.Deleted && r.DeletedBy != "":
		return fmt.Sprintf("-- a message of %s, deleted by %s", who, at(r.DeletedBy))
	case r.Deleted:
		return fmt.Sprintf("-- a message of %s, deleted", who)
	}
	if r.ReplyTo != 0 {
		who = fmt.Sprintf("%s (to %d)", who, r.ReplyTo)
	}
	if r.Edited != 0 {
		return said(who, r.Text) + " (edited)"
	}
	return said(who, r.Text)
}

// said is a message's text with who says or does it.
func said(who, s string) string {
	s, does := act.Said(s)
	return act.By(who, s, does)
}

func (r Row) erased() string {
	s := fmt.Sprintf("-- all messages of %s are erased", at(r.Person))
	if r.Owner != "" {
		s += "; the group is now owned by " + at(r.Owner)
	}
	return s
}

// office is who does what no member does. It is no handle.
const office = "an administrator"

// at writes a person; one whose handle is not visible is a member id.
func at(name string) string {
	if len(name) == 36 || name == office {
		return name
	}
	return "@" + name
}

// Place names a conversation as its reader would write it for send.
func Place(h api.Head) string {
	if h.Kind == api.Direct {
		return at(cmp.Or(h.Peer, h.Conversation.String()))
	}
	return "#" + cmp.Or(h.Name, h.Conversation.String())
}
