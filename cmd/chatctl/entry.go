package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/server/api"
)

// row is an entry as history and watch print it: people by handle where the
// reader may see it, else by member id.
type row struct {
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
	Name         string             `json:"name,omitempty"`    // create: the group's
	Members      []string           `json:"members,omitempty"` // create: the first ones
	Change       api.Change         `json:"change,omitempty"`  // member: what happened
	Person       string             `json:"person,omitempty"`  // member: to whom
	Owner        string             `json:"owner,omitempty"`   // member: who owns the group now
}

// people names the members of one conversation. It asks for the list again when
// an unknown one appears, once for each.
type people struct {
	list  func(context.Context) ([]api.Member, error)
	known map[api.MemberID]string
}

func (p *people) name(ctx context.Context, id api.MemberID) (string, error) {
	if name, ok := p.known[id]; ok {
		return name, nil
	}
	members, err := p.list(ctx)
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

func (p *people) names(ctx context.Context, ids []api.MemberID) (names []string, err error) {
	for _, id := range ids {
		name, err := p.name(ctx, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// row reads e as p's conversation shows it. An entry of a kind that this
// chatctl does not know keeps its place without details.
func (p *people) row(ctx context.Context, e api.Entry) (r row, err error) {
	r = row{Conversation: e.Conversation, Seq: e.Seq, ID: e.Action, Kind: e.Kind, Time: e.Time, Ord: e.Ord, Member: e.Sender}
	if r.Sender, err = p.name(ctx, e.Sender); err != nil {
		return r, err
	}
	switch e.Kind {
	case api.EntryMessage:
		body, err := api.DecodeTolerant[api.MessageBody](e.Body)
		if err != nil {
			return r, unreadable(e, err)
		}
		r.Text, r.ReplyTo = body.Text, body.ReplyTo
		r.Mentions, err = p.names(ctx, body.Mentions)
		return r, err
	case api.EntryCreate:
		body, err := api.DecodeTolerant[api.CreateBody](e.Body)
		if err != nil {
			return r, unreadable(e, err)
		}
		r.Name = body.Name
		r.Members, err = p.names(ctx, body.Members)
		return r, err
	case api.EntryMember:
		body, err := api.DecodeTolerant[api.MemberBody](e.Body)
		if err != nil {
			return r, unreadable(e, err)
		}
		r.Change = body.Change
		if r.Person, err = p.name(ctx, body.Member); err != nil || body.Owner.IsZero() {
			return r, err
		}
		r.Owner, err = p.name(ctx, body.Owner)
		return r, err
	}
	return r, nil
}

func unreadable(e api.Entry, err error) error {
	return fmt.Errorf("conversation %s, seq %d: reading the entry: %w", e.Conversation, e.Seq, err)
}

// line is r for a person, in the place that place names.
func (r row) line(place string) string {
	when := r.Time.Std().Local().Format("2006-01-02 15:04:05")
	return fmt.Sprintf("%s/%d  %s  %s", place, r.Seq, when, r.what())
}

func (r row) what() string {
	who := at(r.Sender)
	switch r.Kind {
	case api.EntryMessage:
		if r.ReplyTo != 0 {
			return fmt.Sprintf("%s (to %d): %s", who, r.ReplyTo, r.Text)
		}
		return who + ": " + r.Text
	case api.EntryCreate:
		with := make([]string, len(r.Members))
		for i, m := range r.Members {
			with[i] = at(m)
		}
		return fmt.Sprintf("-- %s made the group %q with %s", who, r.Name, strings.Join(with, ", "))
	case api.EntryMember:
		s := fmt.Sprintf("-- %s: %s %s", who, r.Change, at(r.Person))
		if r.Owner != "" {
			s += "; the group is now owned by " + at(r.Owner)
		}
		return s
	}
	return fmt.Sprintf("-- %s: %s", who, r.Kind)
}

// at writes a person; one whose handle is not visible is a member id.
func at(name string) string {
	if len(name) == 36 {
		return name
	}
	return "@" + name
}

// placeOf names a conversation as its reader would write it for send.
func placeOf(h api.Head) string {
	if h.Kind == api.Direct {
		return at(cmp.Or(h.Peer, h.Conversation.String()))
	}
	return "#" + cmp.Or(h.Name, h.Conversation.String())
}
