package intake

import (
	"context"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// Stamp makes an envelope of a checked action: the principal, the partition's
// key, and ids in the place of handles. It counts the action against its limits.
func (i *Intake) Stamp(ctx context.Context, p session.Principal, a *api.Action) (*topic.Envelope, error) {
	e, err := i.envelope(ctx, p, a)
	if err != nil {
		return nil, err
	}
	return e, i.spend(ctx, p, e)
}

// spend counts an action against its sender, its conversation, and those who
// write to somebody for the first time.
func (i *Intake) spend(ctx context.Context, p session.Principal, e *topic.Envelope) error {
	if p.Exempt {
		return nil
	}
	keys := []limit.Key{limit.Conversation(e.Action.Conversation)}
	if e.Action.Type == api.SendMessage && !e.Peer.IsZero() {
		known, err := i.cfg.Reader.LastSeqs(ctx, []api.ConversationID{e.Action.Conversation})
		if err != nil {
			return err
		}
		if len(known) == 0 {
			keys = append(keys, limit.NewContact(p.User))
		}
	}
	return i.cfg.Limits.Check(limit.Send, keys...)
}

func (i *Intake) envelope(ctx context.Context, p session.Principal, a *api.Action) (*topic.Envelope, error) {
	e := &topic.Envelope{Action: a, Sender: p.User, Session: p.Session, Since: p.Since, At: api.Now(), ReplyTo: i.cfg.Gateway}
	var mentioned []string
	if a.Type == api.SendMessage || a.Type == api.EditMessage {
		mentioned = text.Mentions(a.Text)
	}
	handles := slices.Concat(a.Members, mentioned)
	if a.To != "" {
		handles = append(handles, a.To)
	}
	var known map[string]api.UserID
	if len(handles) > 0 {
		var err error
		if known, err = i.cfg.Accounts.Resolve(ctx, handles); err != nil {
			return nil, err
		}
	}
	for _, h := range mentioned {
		e.Mentions = append(e.Mentions, known[h])
	}
	for _, h := range a.Members {
		e.People = append(e.People, known[h])
	}
	if a.To != "" {
		e.Peer = known[a.To]
	}
	switch a.Type {
	case api.SendMessage:
		if a.To != "" {
			a.Conversation, a.To = api.DirectConversation(p.User, e.Peer), ""
		}
	case api.CreateGroup:
		e.Hash = a.Hash()
		a.Conversation = api.GroupConversation(p.User, a.ID)
		return e, nil
	case api.SetBlock, api.ClearBlock:
		a.Conversation = api.DirectConversation(p.User, e.Peer)
	}
	e.Hash = a.Hash()
	return e, nil
}
