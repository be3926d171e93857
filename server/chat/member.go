package chat

import (
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// createGroup makes a group with its first entry. One person who cannot be
// reached refuses the whole.
func (r *run) createGroup(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	if c, err := r.conversation(id); c != nil || err != nil {
		return api.ReasonExists, err
	}
	people := []api.UserID{e.Sender}
	for _, p := range e.People {
		if slices.Contains(people, p) {
			continue
		}
		if ok, err := r.available(e.Sender, p); !ok || err != nil {
			return api.ReasonUnavailable, err
		}
		people = append(people, p)
	}
	at := place{seq: 1, at: r.now}
	_, err := r.tx.Exec(insertConversation, id[:], string(api.Group), e.Action.Name, nil, nil, len(people), at.seq, int64(at.at), r.batch.Number)
	if err != nil {
		return "", err
	}
	body := api.CreateBody{Name: e.Action.Name, History: api.SinceJoin}
	var changes []topic.MemberChange
	for i, p := range people {
		role := api.Plain
		if i == 0 {
			role = api.Owner
		}
		m, err := r.join(id, p, role, int64(i+1), at, at.seq)
		if err != nil {
			return "", err
		}
		body.Members = append(body.Members, m)
		changes = append(changes, topic.MemberChange{Person: p, Joined: true})
	}
	return "", r.entry(e, api.EntryCreate, at, api.Encode(&body), api.GroupCreated, changes)
}

// inGroup reads the group that an action changes, and who asks. Who is not in
// it learns nothing of it.
func (r *run) inGroup(e *topic.Envelope) (c *conversation, me seated, reason api.Reason, err error) {
	id := e.Action.Conversation
	if c, err = r.conversation(id); err != nil || c == nil {
		return nil, me, api.ReasonNotMember, err
	}
	if me, err = r.seat(id, e.Sender); err != nil || !me.present {
		return nil, me, api.ReasonNotMember, err
	}
	if c.kind != api.Group {
		return nil, me, api.ReasonForbidden, nil
	}
	return c, me, "", nil
}

// addMember lets somebody in. Any member adds.
func (r *run) addMember(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	c, _, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	them, err := r.seat(id, e.Peer)
	if err != nil || them.present {
		return api.ReasonAlreadyMember, err
	}
	if ok, err := r.available(e.Sender, e.Peer); !ok || err != nil {
		return api.ReasonUnavailable, err
	}
	if c.members >= api.MaxGroup {
		return api.ReasonFull, nil
	}
	at, joins, err := r.take(id, +1)
	if err != nil {
		return "", err
	}
	m, err := r.join(id, e.Peer, api.Plain, joins, at, at.seq)
	if err != nil {
		return "", err
	}
	return "", r.change(e, at, e.Peer, api.MemberBody{Change: api.Added, Member: m})
}

// removeMember puts somebody else out. Only the owner removes.
func (r *run) removeMember(e *topic.Envelope) (api.Reason, error) {
	id, m := e.Action.Conversation, e.Action.Member
	_, me, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	if me.role != api.Owner || me.member == m {
		return api.ReasonForbidden, nil
	}
	var p api.UserID
	var present bool
	err = r.tx.Row(seatOfMember, id[:], m[:]).Scan(&p, &present)
	if errors.Is(err, store.ErrNoRow) || err == nil && !present {
		return api.ReasonNotMember, nil
	}
	if err != nil {
		return "", err
	}
	at, _, err := r.take(id, -1)
	if err != nil {
		return "", err
	}
	if err := r.leave(id, p, at); err != nil {
		return "", err
	}
	return "", r.change(e, at, p, api.MemberBody{Change: api.Removed, Member: m})
}

// leaveGroup lets the sender out. An owner hands over to the eldest who stays,
// in the same entry; the last one leaves nobody.
func (r *run) leaveGroup(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	_, me, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	at, _, err := r.take(id, -1)
	if err != nil {
		return "", err
	}
	body := api.MemberBody{Change: api.Left, Member: me.member}
	if me.role == api.Owner {
		if body.Owner, err = r.handOver(id, e.Sender); err != nil {
			return "", err
		}
	}
	if err := r.leave(id, e.Sender, at); err != nil {
		return "", err
	}
	return "", r.change(e, at, e.Sender, body)
}

// handOver makes the eldest member beside p the owner; zero when there is none.
func (r *run) handOver(c api.ConversationID, p api.UserID) (m api.MemberID, err error) {
	var heir api.UserID
	err = r.tx.Row(eldest, c[:], p[:]).Scan(&heir, &m)
	if errors.Is(err, store.ErrNoRow) {
		return api.MemberID{}, nil
	}
	if err != nil {
		return m, err
	}
	version, err := r.raise(heir)
	if err != nil {
		return m, err
	}
	_, err = r.tx.Exec(makeOwner, c[:], heir[:], version)
	return m, err
}
