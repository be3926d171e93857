package rooms_test

import (
	"slices"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/rooms"
)

func direct(n byte, peer string, change ...func(*api.Head)) api.Head {
	h := api.Head{Conversation: api.ConversationID{n}, Kind: api.Direct, Peer: peer, Membership: api.Present}
	for _, f := range change {
		f(&h)
	}
	return h
}

func group(n byte, name string, m api.Membership) api.Head {
	return api.Head{Conversation: api.ConversationID{n}, Kind: api.Group, Name: name, Membership: m}
}

func TestADirectConversationKeepsItsRoomWhenItsFirstMessageComes(t *testing.T) {
	r := rooms.New(nil)
	before := r.Direct("bob")
	if before.There() || before.Name() != "@bob" {
		t.Error("a room that the server does not know is there")
	}
	before.Draft = true
	after, appeared := r.Head(direct(1, "bob"))
	if after != before || !appeared || !after.There() || !after.Draft || r.Of(api.ConversationID{1}) != before {
		t.Error("it became another room")
	}
	if _, appeared := r.Head(direct(1, "bob")); appeared {
		t.Error("it appeared twice")
	}
}

func TestARoomOutlivesTheHandleOfAnErasedPerson(t *testing.T) {
	r := rooms.New(nil)
	room, _ := r.Head(direct(1, "bob"))
	again, appeared := r.Head(direct(1, "erased-1"))
	if again != room || appeared || r.At("@bob") != nil || r.At("@erased-1") != room {
		t.Error("the room was lost with the handle")
	}
}

func TestAGroupIsFoundByItsNameTheOneOneIsInFirst(t *testing.T) {
	r := rooms.New(nil)
	r.Head(group(1, "ops", api.Gone))
	r.Head(group(2, "ops", api.Present))
	r.Head(group(3, "dev", api.Present))
	found := r.Named("ops")
	if len(found) != 2 || found[0].Head.Conversation != (api.ConversationID{2}) {
		t.Errorf("%v", found)
	}
}

func TestWhatIsUnreadIsCountedInMessages(t *testing.T) {
	r := rooms.New([]string{"@bob"})
	r.Head(direct(1, "bob", func(h *api.Head) { h.LastOrd, h.ReadOrd, h.LastSeq, h.ReadSeq, h.Mentions = 7, 4, 12, 5, 1 }))
	it := r.Items()[0]
	if it.Unread != 3 || it.Mentions != 1 || !it.Muted || it.Name != "@bob" {
		t.Errorf("%+v", it)
	}
	r.Mute(r.At("@bob"), false)
	if len(r.Muted()) != 0 || r.Items()[0].Muted {
		t.Error("it stayed muted")
	}
}

func TestPeopleAreKnownByTheirMembership(t *testing.T) {
	r := rooms.New(nil)
	room, _ := r.Head(group(1, "ops", api.Present))
	room.People = map[api.MemberID]api.Member{
		{1}: {Member: api.MemberID{1}, Handle: "bob", Membership: api.Present},
		{2}: {Member: api.MemberID{2}, Handle: "ada", Membership: api.Present},
		{3}: {Member: api.MemberID{3}, Handle: "eve", Membership: api.Gone},
	}
	if _, there := room.Member("eve"); there {
		t.Error("who left is there")
	}
	if m, there := room.Member("bob"); !there || room.Handle(m.Member) != "bob" || room.Handle(api.MemberID{9}) != "" {
		t.Error("bob is not found")
	}
	if !slices.Equal(room.Handles(), []string{"ada", "bob"}) || !slices.Equal(r.Handles(), []string{"ada", "bob", "eve"}) {
		t.Error(room.Handles(), r.Handles())
	}
}

func TestAnotherStoreForgetsAllButWhatIsLocal(t *testing.T) {
	r := rooms.New([]string{"@bob"})
	r.Head(direct(1, "bob"))
	r.Block(api.Block{Handle: "eve", Active: true})
	r.Reset()
	if len(r.Items()) != 0 || r.Blocked("eve") {
		t.Error("something stayed")
	}
	if room, _ := r.Head(direct(1, "bob")); !room.Muted {
		t.Error("it is not muted any more")
	}
}
