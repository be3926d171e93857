package hub_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/hub"
	"pgregory.net/rapid"
)

func TestMembersHearEntriesInOrder(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.member(room), w.member(room)
	var want []string
	for range 300 {
		want = append(want, frames(w.say(room))...)
	}
	a.hears(want...)
	b.hears(want...)
}

func TestDuplicatesAreDropped(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a := w.member(room)
	e1 := w.say(room)
	w.send(e1, e1)
	e2 := w.say(room)
	w.send(e1, e2)
	e3 := w.say(room)
	a.hears(frames(e1, e2, e3)...)
	a.hearsNothing()
}

func TestAGapIsReadFromTheStoreAndPushedInOrder(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a := w.member(room)
	lost := []topic.Live{w.log.add(room), w.log.add(room), w.log.add(room)}
	late := w.say(room)
	a.hears(frames(lost...)...)
	a.hears(frames(late)...)
	a.hears(frames(w.say(room))...)
}

func TestAHeadAheadOfTheRoomHasItRead(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a := w.member(room)
	e1, e2 := w.log.add(room), w.log.add(room)
	w.send(topic.Live{Kind: topic.LiveHead, Conversation: room, Seq: 2})
	a.hears(frames(e1, e2)...)
}

func TestAResyncComparesAllRoomsWithTheStore(t *testing.T) {
	var resync func()
	w := start(t, func(c *hub.Config) {
		l := &resyncing{Live: c.Live}
		c.Live, resync = l, func() { l.receiver.Resync() }
	})
	r1, r2 := api.NewConversationID(), api.NewConversationID()
	a, b := w.member(r1), w.member(r2)
	e1, e2 := w.log.add(r1), w.log.add(r2)
	w.log.failWith(errors.New("away"))
	resync()
	w.log.failWith(nil)
	a.hears(frames(e1)...)
	b.hears(frames(e2)...)
}

func TestARoomStaysClosedWhileTheStoreCannotBeRead(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a := w.member(room)
	w.log.failWith(errors.New("away"))
	lost, late := w.log.add(room), w.say(room)
	<-w.log.asked
	<-w.log.asked // retried
	a.hearsNothing()
	w.log.failWith(nil)
	a.hears(frames(lost, late)...)
}

func TestTheRemovedHearTheirRemovalAndNothingAfterIt(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.member(room), w.member(room)
	e1 := w.say(room)
	e2 := w.say(room, removed(b.user))
	e3 := w.say(room)
	a.hears(frames(e1, e2, e3)...)
	b.hears(frames(e1, e2)...)
	b.hearsNothing()
	if rooms := b.conn.Rooms(); len(rooms) != 0 {
		t.Fatalf("the removed person still stands in %v", rooms)
	}
}

func TestALostRemovalLeaksNothing(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.member(room), w.member(room)
	e1 := w.log.add(room, removed(b.user)) // lost
	e2 := w.say(room)
	a.hears(frames(e1, e2)...)
	b.hears(frames(e1)...)
	b.hearsNothing()
}

func TestAFaultCanLoseLiveItems(t *testing.T) {
	w := start(t, func(c *hub.Config) {
		c.Faults.DropLive = func(l topic.Live) bool { return l.Kind == topic.LiveEntry && l.Seq == 1 }
	})
	room := api.NewConversationID()
	a := w.member(room)
	e1 := w.say(room)
	a.hearsNothing()
	e2 := w.say(room)
	a.hears(frames(e1, e2)...)
}

func TestARoomThatFailsOpenLeaks(t *testing.T) {
	w := start(t, func(c *hub.Config) { c.Faults.RoomsFailOpen = true })
	room := api.NewConversationID()
	b := w.member(room)
	w.log.add(room, removed(b.user)) // lost
	b.hears(frames(w.say(room))...)
}

func TestWhoJoinsARoomThatIsBehindHearsNothingFromBefore(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a := w.member(room)
	w.log.failWith(errors.New("away"))
	secret := w.log.add(room) // lost
	b := w.person(api.NewUserID())
	join := w.say(room, added(b.user)) // early: the room is stuck
	<-w.log.asked
	w.log.failWith(nil)
	b.join(room)
	b.conn.GoLive(nil)
	after := w.say(room)
	a.hears(frames(secret, join, after)...)
	b.hears(frames(after)...)
}

func TestWhoComesBackWhileTheRoomIsBehindMissesWhatLayBetween(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.member(room), w.member(room)
	out := w.log.add(room, removed(b.user)) // lost
	secret := w.log.add(room)               // lost
	back := w.log.add(room, added(b.user))  // lost
	b.join(room)                            // as LiveJoined asks
	b.conn.GoLiveIn(room)
	after := w.say(room)
	a.hears(frames(out, secret, back, after)...)
	b.hears(frames(out, after)...)
}

func TestALateRoomIsSilentUntilItIsLive(t *testing.T) {
	w := start(t, nil)
	r1, r2 := api.NewConversationID(), api.NewConversationID()
	a := w.member(r1)
	a.join(r2)
	w.say(r2)
	w.until("the room has it", func() bool { return a.conn.Last(r2) == 1 })
	a.hearsNothing()
	a.conn.GoLiveIn(r2)
	a.hears(frames(w.say(r2), w.say(r1))...)
}

func TestNothingIsLostBetweenJoinAndGoLive(t *testing.T) {
	w := start(t, nil)
	rooms := make([]api.ConversationID, 4)
	for i := range rooms {
		rooms[i] = api.NewConversationID()
	}
	const each = 1000
	var all sync.WaitGroup
	for _, room := range rooms {
		all.Go(func() {
			for range each {
				if e := w.log.add(room); rand.N(20) > 0 { // some are lost
					w.send(e)
				}
			}
			w.send(topic.Live{Kind: topic.LiveHead, Conversation: room, Seq: each})
		})
	}
	for range 8 {
		p := w.person(api.NewUserID())
		all.Go(func() {
			c := client{peer: p, log: w.log, known: map[api.ConversationID]int64{}}
			if err := c.attach(rooms); err != nil {
				t.Error(err)
				return
			}
			for c.behind(each) {
				if err := c.step(rooms); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// Whatever the live channel loses, repeats or delays, and whoever comes and goes:
// each hears only what lies between a joining and a removal, in order, and all of
// it that the head of the last joining does not cover.
func TestEachHearsExactlyTheEntitledEntries(t *testing.T) {
	w := start(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		room := api.NewConversationID()
		keeper := w.member(room) // an empty room repairs nothing
		people := make([]*listener, 3)
		for i := range people {
			people[i] = &listener{peer: w.member(room), present: true}
		}
		var delayed []topic.Live
		tell := func(e topic.Live) {
			switch rapid.IntRange(0, 5).Draw(t, "fate") {
			case 0: // lost
			case 1:
				delayed = append(delayed, e)
			case 2:
				w.send(e, e)
			default:
				w.send(e)
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			p := people[rapid.IntRange(0, len(people)-1).Draw(t, "person")]
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0:
				if p.present {
					p.end(w.log.last(room) + 1)
					tell(w.log.add(room, removed(p.user)))
				}
			case 1:
				if !p.present {
					tell(w.log.add(room, added(p.user)))
					p.join(room)
					p.conn.GoLiveIn(room)
					p.begin(w.log.last(room))
				}
			case 2:
				w.send(delayed...)
				delayed = nil
			case 3:
				w.send(topic.Live{Kind: topic.LiveHead, Conversation: room, Seq: w.log.last(room)})
			default:
				tell(w.log.add(room))
			}
		}
		keeper.until(frames(w.say(room))[0])
		final := w.say(room)
		keeper.until(frames(final)[0]) // so that all before it has been given to everyone
		for _, p := range people {
			var heard []string
			if p.present {
				heard = append(p.until(frames(final)[0]), frames(final)...)
			} else {
				p.conn.Send([]byte("end"))
				heard = p.until("end")
			}
			p.end(final.Seq)
			for _, seq := range p.entitled {
				if len(heard) > 0 && heard[0] == string(w.log.at(room, seq).Frame) {
					heard = heard[1:]
				} else if seq > p.from {
					t.Fatalf("seq %d was not heard, of %v", seq, p.entitled)
				}
			}
			if len(heard) > 0 {
				t.Fatalf("heard %q, entitled to %v", heard, p.entitled)
			}
			p.ws.CloseNow()
		}
		keeper.ws.CloseNow()
	})
}

func TestARoomThatIsLeftWhileAnotherJoinsKeepsItsKey(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.person(api.NewUserID()), w.person(api.NewUserID())
	for i := range 300 {
		var both sync.WaitGroup
		if i > 0 {
			both.Go(func() { a.conn.Leave(room) })
		}
		both.Go(func() { b.join(room) })
		both.Wait()
		b.conn.GoLive(nil)
		b.hears(frames(w.say(room))...)
		a, b = b, a
		if slices.Contains(b.conn.Rooms(), room) {
			t.Fatal("it has left")
		}
	}
}

func TestMarksAndTypingGoToLiveMembersOnly(t *testing.T) {
	w := start(t, nil)
	room := api.NewConversationID()
	a, b := w.member(room), w.person(api.NewUserID())
	b.join(room)
	w.send(topic.Live{Kind: topic.LiveMarks, Conversation: room, Frame: []byte("marks")})
	w.send(topic.Live{Kind: topic.LiveTyping, Conversation: room, Frame: []byte("types")})
	a.hears("marks", "types")
	b.hearsNothing()
}
