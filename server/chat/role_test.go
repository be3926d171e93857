package chat_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

func (p *person) setRole(c api.ConversationID, q *person, role api.Role) *topic.Envelope {
	p.Helper()
	return p.ask(api.Action{Type: api.SetRole, Conversation: c, Member: q.head(c).Me, Role: role})
}

func (p *person) rename(c api.ConversationID, name string) *topic.Envelope {
	return p.ask(api.Action{Type: api.RenameGroup, Conversation: c, Name: name})
}

func TestTheOwnerGivesRolesAndHandsOver(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	w.refused(bob.setRole(c, cleo, api.Admin), api.ReasonForbidden)
	w.refused(ada.setRole(c, ada, api.Plain), api.ReasonForbidden)
	version, err := w.chat.Version(w.ctx, bob.id)
	w.check(err)
	ts := w.decide(ada.setRole(c, bob, api.Admin))
	equal(t, "outcome", w.result(ts).Outcome, api.MemberRanked)
	equal(t, "people who come or go", len(only(ts, topic.LiveEntry)[0].Changes), 0)
	body, err := api.Decode[api.MemberBody](w.frame(only(ts, topic.LiveEntry)[0]).Event.Body)
	w.check(err)
	equal(t, "entry", body, api.MemberBody{Change: api.Ranked, Member: bob.head(c).Me, Role: api.Admin})
	ch, err := w.chat.Changes(w.ctx, bob.id, version, 10)
	w.check(err)
	equal(t, "bob's other devices see", ch.Heads[0].Role, api.Admin)
	w.refused(bob.setRole(c, cleo, api.Admin), api.ReasonForbidden) // roles are the owner's

	w.is(ada.setRole(c, bob, api.Owner), api.MemberRanked)
	equal(t, "bob", bob.head(c).Role, api.Owner)
	equal(t, "ada", ada.head(c).Role, api.Admin)
	w.is(bob.setRole(c, ada, api.Plain), api.MemberRanked)
	equal(t, "ada", ada.head(c).Role, api.Plain)
	w.is(cleo.leave(c), api.MemberLeft)
	w.refused(bob.setRole(c, cleo, api.Admin), api.ReasonNotMember)
	items, err := w.chat.RoomEntries(w.ctx, c, 1, 10)
	w.check(err)
	equal(t, "a room that reads the change of a role changes nobody", len(items[0].Changes), 0)
}

func TestAdminsRemovePlainMembersOnly(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo, dan := w.person("ada"), w.person("bob"), w.person("cleo"), w.person("dan")
	c := ada.group(bob, cleo, dan)
	w.is(ada.setRole(c, bob, api.Admin), api.MemberRanked)
	w.is(ada.setRole(c, cleo, api.Admin), api.MemberRanked)
	w.refused(dan.remove(c, cleo.head(c).Me), api.ReasonForbidden)
	w.refused(bob.remove(c, ada.head(c).Me), api.ReasonForbidden)
	w.refused(bob.remove(c, cleo.head(c).Me), api.ReasonForbidden)
	w.is(bob.remove(c, dan.head(c).Me), api.MemberRemoved)
	w.is(ada.remove(c, cleo.head(c).Me), api.MemberRemoved)
	w.is(ada.add(c, cleo), api.MemberAdded)
	equal(t, "a role is not kept over rejoining", cleo.head(c).Role, api.Plain)
}

func TestALeavingOwnerHandsOverToTheEldestAdmin(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	w.is(ada.setRole(c, cleo, api.Admin), api.MemberRanked)
	w.is(ada.leave(c), api.MemberLeft)
	equal(t, "cleo", cleo.head(c).Role, api.Owner)
	equal(t, "bob", bob.head(c).Role, api.Plain)
}

func TestAGroupIsRenamedByOwnerAndAdmins(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := ada.group(bob, cleo)
	w.refused(bob.rename(c, "mine"), api.ReasonForbidden)
	direct := w.is(ada.message(bob, "hi"), api.MessageSent).Conversation
	w.refused(ada.rename(direct, "us"), api.ReasonForbidden)
	w.is(ada.setRole(c, bob, api.Admin), api.MemberRanked)
	ts := w.decide(bob.rename(c, "dev"))
	equal(t, "outcome", w.result(ts).Outcome, api.GroupRenamed)
	equal(t, "entry", string(w.frame(only(ts, topic.LiveEntry)[0]).Event.Body), `{"name":"dev"}`)
	w.is(cleo.leave(c), api.MemberLeft)
	w.is(ada.rename(c, "ops again"), api.GroupRenamed)
	equal(t, "who is in it sees", bob.head(c).Name, "ops again")
	equal(t, "who left sees", cleo.head(c).Name, "dev")
	w.is(ada.add(c, cleo), api.MemberAdded)
	equal(t, "who is back sees", cleo.head(c).Name, "ops again")
}

func TestWhoJoinsAGroupWithItsWholeHistoryReadsAllOfIt(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	c := w.is(ada.ask(api.Action{Type: api.CreateGroup, Name: "open", History: api.All}, cleo), api.GroupCreated).Conversation
	w.is(ada.post(c, "before"), api.MessageSent)
	w.is(ada.add(c, bob), api.MemberAdded)
	equal(t, "bob reads", bob.reads(c), "2 before")
	equal(t, "bob's unread", bob.head(c).LastOrd-bob.head(c).ReadOrd, 0)
	w.is(bob.leave(c), api.MemberLeft)
	w.is(ada.post(c, "meanwhile"), api.MessageSent)
	equal(t, "bob reads", bob.reads(c), "2 before")
	w.is(ada.add(c, bob), api.MemberAdded)
	equal(t, "bob reads", bob.reads(c), "2 before, 5 meanwhile")
	page, err := w.chat.Entries(w.ctx, bob.id, c, 0, 0, 100)
	w.check(err)
	equal(t, "withheld", len(page.Withheld), 0)
	items, err := w.chat.RoomEntries(w.ctx, c, 0, 1)
	w.check(err)
	equal(t, "the creation brings only the first members", len(items[0].Changes), 2)
}
