package chat_test

import (
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
)

// A group takes as many as the server declares, and works at that size.
func TestAGroupOfTenThousandIsFull(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	people := w.crowd(api.MaxGroup + 1)
	ada := people[0]
	c := ada.group()
	for from := 1; from < api.MaxGroup; from += 1000 {
		var es []*topic.Envelope
		for _, p := range people[from:min(from+1000, api.MaxGroup)] {
			es = append(es, ada.add(c, p))
		}
		for _, r := range w.results(w.decide(es...)) {
			equal(t, "outcome", r.Outcome, api.MemberAdded)
		}
	}
	w.refused(ada.add(c, people[api.MaxGroup]), api.ReasonFull)
	last := people[api.MaxGroup-1]
	seq := w.is(last.post(c, "room for one more?"), api.MessageSent).Seq
	w.is(last.edit(c, seq, "no room", ada), api.MessageEdited)
	equal(t, "mentioned", ada.head(c).Mentions, 1)
	w.is(ada.remove(c, last.head(c).Me), api.MemberRemoved)
	w.is(ada.add(c, people[api.MaxGroup]), api.MemberAdded)
}

func TestTheLargestSizeIsConfigurable(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	w.most = 3
	w.serve(w.db)
	ada, bob, cleo, dan := w.person("ada"), w.person("bob"), w.person("cleo"), w.person("dan")
	c := ada.group(bob)
	w.is(ada.add(c, cleo), api.MemberAdded)
	w.refused(ada.add(c, dan), api.ReasonFull)
	w.refused(ada.ask(api.Action{Type: api.CreateGroup, Name: "four"}, bob, cleo, dan), api.ReasonFull)
}

// crowd makes many people at once.
func (w *world) crowd(n int) (people []*person) {
	w.Helper()
	var told []bus.Record
	for i := range n {
		p := &person{world: w, id: api.NewUserID(), session: api.NewSessionID(), handle: fmt.Sprintf("p%05d", i), version: 1}
		people = append(people, p)
		told = append(told, bus.Record{Value: (&topic.Standing{User: p.id, Version: 1, Handle: p.handle}).Encode()})
	}
	w.check(w.accounts.Apply(w.ctx, bus.Batch{LogID: logID, Records: told, Expected: w.accPos, Pos: w.accPos + 1, Number: w.accPos + 1}))
	w.accPos++
	return people
}
