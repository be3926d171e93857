package decide

import (
	"cmp"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat/membership"
)

// createGroup makes a group with its first entry. One person who cannot be
// reached refuses the whole.
func (r *Run) createGroup(e *topic.Envelope) (api.Reason, error) {
	id := e.Action.Conversation
	if c, err := r.members.Conversation(id); c != nil || err != nil {
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
	at := membership.Place{Seq: 1, At: r.now}
	history := cmp.Or(e.Action.History, api.SinceJoin)
	_, err := r.tx.Exec(insertConversation, id[:], string(api.Group), e.Action.Name, string(history), nil, nil, len(people), at.Seq, int64(at.At), r.batch.Number)
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
		m, err := r.members.Join(id, p, role, int64(i+1), at, at.Seq)
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
func (r *Run) inside(e *topic.Envelope) (c *membership.Conversation, me membership.Seat, reason api.Reason, err error) {
	id := e.Action.Conversation
	if c, err = r.members.Conversation(id); err != nil || c == nil {
		return nil, me, api.ReasonNotMember, err
	}
	if me, err = r.members.Seat(id, e.Sender); err != nil || !me.Present {
		return nil, me, api.ReasonNotMember, err
	}
	if r.rules.Faults.NoRoleCheck && c.Kind == api.Group {
		me.Role = api.Owner
	}
	return c, me, "", nil
}

// inGroup is inside for what only groups have.
func (r *Run) inGroup(e *topic.Envelope) (c *membership.Conversation, me membership.Seat, reason api.Reason, err error) {
	c, me, reason, err = r.inside(e)
	if reason == "" && err == nil && c.Kind != api.Group {
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
	them, err := r.members.Seat(id, e.Peer)
	if err != nil || them.Present {
		return api.ReasonAlreadyMember, err
	}
	if ok, err := r.available(e.Sender, e.Peer); !ok || err != nil {
		return api.ReasonUnavailable, err
	}
	if c.Members >= r.rules.MaxGroup {
		return api.ReasonFull, nil
	}
	at, joins, err := r.take(id, +1)
	if err != nil {
		return "", err
	}
	if c.History == api.All {
		if err := r.members.ShowPast(id, e.Peer, at.Seq); err != nil {
			return "", err
		}
	}
	m, err := r.members.Join(id, e.Peer, api.Plain, joins, at, at.Seq)
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
	if me.Role == api.Plain || me.Member == m {
		return api.ReasonForbidden, nil
	}
	them, err := r.members.SeatOf(id, m)
	if err != nil || !them.Present { // one who is gone is no member
		return api.ReasonNotMember, err
	}
	if me.Role != api.Owner && them.Role != api.Plain {
		return api.ReasonForbidden, nil
	}
	at, _, err := r.take(id, -1)
	if err != nil {
		return "", err
	}
	if err := r.members.Leave(id, them.Person, at); err != nil {
		return "", err
	}
	return "", r.change(e, at, them.Person, api.MemberBody{Change: api.Removed, Member: m})
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
	body := api.MemberBody{Change: api.Left, Member: me.Member}
	if me.Role == api.Owner {
		if body.Owner, err = r.members.HandOver(id, e.Sender); err != nil {
			return "", err
		}
	}
	if err := r.members.Leave(id, e.Sender, at); err != nil {
		return "", err
	}
	return "", r.change(e, at, e.Sender, body)
}
