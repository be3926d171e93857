package decide

import (
	"cmp"
	"errors"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/store"
)

// createGroup makes a group with its first entry. One person who cannot be
// reached refuses the whole.
func (r *Run) createGroup(e *topic.Envelope) (api.Reason, error) {
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
	if int64(len(people)) > r.rules.MaxGroup {
		return api.ReasonFull, nil
	}
	at := place{seq: 1, at: r.now}
	history := cmp.Or(e.Action.History, api.SinceJoin)
	_, err := r.tx.Exec(insertConversation, id[:], string(api.Group), e.Action.Name, string(history), nil, nil, len(people), at.seq, int64(at.at), r.batch.Number)
	if err != nil {
		return "", err
	}
	body := api.CreateBody{Name: e.Action.Name, History: history}
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

// inside reads the conversation that an action changes, and who asks. Who is not
// in it learns nothing of it.
func (r *Run) inside(e *topic.Envelope) (c *conversation, me seated, reason api.Reason, err error) {
	id := e.Action.Conversation
	if c, err = r.conversation(id); err != nil || c == nil {
		return nil, me, api.ReasonNotMember, err
	}
	if me, err = r.seat(id, e.Sender); err != nil || !me.present {
		return nil, me, api.ReasonNotMember, err
	}
	if r.rules.Faults.NoRoleCheck && c.kind == api.Group {
		me.role = api.Owner
	}
	return c, me, "", nil
}

// inGroup is inside for what only groups have.
func (r *Run) inGroup(e *topic.Envelope) (c *conversation, me seated, reason api.Reason, err error) {
	c, me, reason, err = r.inside(e)
	if reason == "" && err == nil && c.kind != api.Group {
		return nil, me, api.ReasonForbidden, nil
	}
	return c, me, reason, err
}

// addMember lets somebody in. Any member adds.
func (r *Run) addMember(e *topic.Envelope) (api.Reason, error) {
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
	if c.members >= r.rules.MaxGroup {
		return api.ReasonFull, nil
	}
	at, joins, err := r.take(id, +1)
	if err != nil {
		return "", err
	}
	first := at.seq
	if c.history == api.All { // one interval, from the beginning: those of earlier times lie in it
		first = 1
		if _, err := r.tx.Exec(dropIntervals, id[:], e.Peer[:]); err != nil {
			return "", err
		}
	}
	m, err := r.join(id, e.Peer, api.Plain, joins, at, first)
	if err != nil {
		return "", err
	}
	return "", r.change(e, at, e.Peer, api.MemberBody{Change: api.Added, Member: m})
}

// removeMember puts somebody else out. The owner removes anybody, an admin plain members.
func (r *Run) removeMember(e *topic.Envelope) (api.Reason, error) {
	id, m := e.Action.Conversation, e.Action.Member
	_, me, reason, err := r.inGroup(e)
	if reason != "" || err != nil {
		return reason, err
	}
	if me.role == api.Plain || me.member == m {
		return api.ReasonForbidden, nil
	}
	p, role, reason, err := r.present(id, m)
	if reason != "" || err != nil {
		return reason, err
	}
	if me.role != api.Owner && role != api.Plain {
		return api.ReasonForbidden, nil
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

// present finds who a member is, and their role; one who is gone is no member.
func (r *Run) present(c api.ConversationID, m api.MemberID) (p api.UserID, role api.Role, reason api.Reason, err error) {
	var here bool
	err = r.tx.Row(seatOfMember, c[:], m[:]).Scan(&p, &role, &here)
	if errors.Is(err, store.ErrNoRow) || err == nil && !here {
		return p, role, api.ReasonNotMember, nil
	}
	return p, role, "", err
}

// leaveGroup lets the sender out. An owner hands over to the eldest admin who
// stays, or else the eldest member, in the same entry; the last one leaves nobody.
func (r *Run) leaveGroup(e *topic.Envelope) (api.Reason, error) {
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

// handOver makes the eldest admin beside p the owner, or else the eldest member; zero when there is none.
func (r *Run) handOver(c api.ConversationID, p api.UserID) (m api.MemberID, err error) {
	var heir api.UserID
	err = r.tx.Row(eldest, c[:], p[:]).Scan(&heir, &m)
	if errors.Is(err, store.ErrNoRow) {
		return api.MemberID{}, nil
	}
	if err != nil {
		return m, err
	}
	return m, r.rank(c, heir, api.Owner)
}
