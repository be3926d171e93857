package chat_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/store"
)

func TestAZombieCommitsNothing(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	c := w.is(ada.message(bob, "1"), api.MessageSent).Conversation
	zombie := w.actions
	w.serve(w.db) // somebody else takes over
	err := zombie.Apply(w.ctx, w.batch(records(ada.message(bob, "2"))))
	equal(t, "fate", zombie.Fate(err), bus.Stop)
	err = zombie.Apply(w.ctx, bus.Batch{LogID: logID, Expected: w.pos, Pos: w.pos})
	equal(t, "fate of a look at the fence", zombie.Fate(err), bus.Stop)
	w.check(w.actions.Apply(w.ctx, bus.Batch{LogID: logID, Expected: w.pos, Pos: w.pos}))
	equal(t, "messages", len(bob.texts(c)), 1)
}

func TestABatchThatDoesNotFollowStopsThePartition(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	w.is(ada.message(bob, "1"), api.MessageSent)
	for _, b := range []bus.Batch{
		{LogID: logID, Expected: 5, Pos: 6, Number: 6},
		{LogID: "another log", Expected: 1, Pos: 2, Number: 2},
		{LogID: logID, Partition: 3, Expected: 1, Pos: 2, Number: 2},
	} {
		b.Records = records(ada.message(bob, "2"))
		equal(t, "fate", w.actions.Fate(w.actions.Apply(w.ctx, b)), bus.Stop)
	}
}

// losing is a database whose commits succeed, but the connection is lost inside them.
type losing struct {
	store.DB
	lose int
}

func (l *losing) InTx(ctx context.Context, fn func(store.Tx) error) error {
	err := l.DB.InTx(ctx, fn)
	if l.lose > 0 && err == nil {
		l.lose--
		return fmt.Errorf("%w: %w", store.ErrUnknown, store.ErrTransient)
	}
	return err
}

func TestACommitOfUnknownOutcomeIsFoundByItsPosition(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
	l := &losing{DB: w.db}
	w.serve(l)
	b := w.batch(records(ada.message(bob, "1"), ada.block(cleo), bob.mark(api.DirectConversation(ada.id, bob.id), 1, 1)))
	l.lose = 1
	err := w.actions.Apply(w.ctx, b)
	equal(t, "fate", w.actions.Fate(err), bus.Retry)
	equal(t, "told before the commit is known", len(only(w.live.take(t), topic.LiveResult)), 0)
	w.check(w.actions.Apply(w.ctx, b))
	rs := w.results(w.live.take(t))
	equal(t, "results", len(rs), 2)
	equal(t, "seq", rs[0].Seq, 1)
	equal(t, "messages", len(bob.texts(rs[0].Conversation)), 1)
}

func TestADecidedBatchIsToldAgainAndNotDecided(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	refused := ada.message(&person{id: api.NewUserID()}, "?")
	first := w.results(w.decide(ada.message(bob, "1"), refused, bob.block(ada), ada.ask(api.Action{Type: api.CreateGroup, Name: "x"})))
	b := bus.Batch{LogID: logID, Records: w.last, Decided: true, Number: w.pos}
	b.Records = append(b.Records, records(ada.message(bob, "never decided"))...)
	w.serve(w.db)
	w.check(w.actions.Apply(w.ctx, b))
	ts := w.live.take(t)
	again := w.results(ts)
	equal(t, "results", len(again), 4)
	for i := range again {
		equal(t, "result", again[i], first[i])
	}
	equal(t, "entries", len(only(ts, topic.LiveEntry)), 2)
	equal(t, "joined", len(only(ts, topic.LiveJoined)), 3)
	equal(t, "messages", len(bob.texts(first[0].Conversation)), 1)
}

func TestAStoredMessageThatIsPartlyDecidedComesAgainWhole(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ada, bob := w.person("ada"), w.person("bob")
	rs := records(ada.message(bob, "1"), ada.message(bob, "2"))
	part := w.batch(rs[:1])
	part.Pos = part.Expected
	w.check(w.actions.Apply(w.ctx, part))
	w.serve(w.db) // killed in between
	w.check(w.actions.Apply(w.ctx, w.batch(rs)))
	equal(t, "messages", len(bob.texts(api.DirectConversation(ada.id, bob.id))), 2)
}

func TestTheLogsPlaceIsKept(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	ps, err := w.chat.Positions(w.ctx, "another topic")
	w.check(err)
	again, err := w.chat.Positions(w.ctx, "another topic")
	w.check(err)
	equal(t, "log", again[0], ps[0])
	equal(t, "created", again[0].Created, false)
	w.check(w.chat.MarkCreated(w.ctx, "another topic"))

	ada, bob := w.person("ada"), w.person("bob")
	w.is(ada.message(bob, "1"), api.MessageSent)
	w.is(ada.message(bob, "2"), api.MessageSent)
	ps, err = w.chat.Positions(w.ctx, topic.ActionsChat)
	w.check(err)
	equal(t, "position", ps[0], chat.Position{LogID: logID, Pos: 2, Published: 1})
	published, pos, err := w.actions.Take(w.ctx, 0, "a new log")
	w.check(err)
	equal(t, "place in a new log", published+pos, 0)
}

func TestAcceptingALossBeginsANewEpoch(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	before, err := w.chat.Epoch(w.ctx)
	w.check(err)
	w.check(w.chat.Migrate(w.ctx))
	kept, err := w.chat.Epoch(w.ctx)
	w.check(err)
	equal(t, "epoch after a restart", kept, before)

	w.check(w.chat.AcceptLoss(w.ctx, topic.ActionsChat))
	ps, err := w.chat.Positions(w.ctx, topic.ActionsChat)
	w.check(err)
	equal(t, "published", ps[0].Published, ps[0].Pos)
	after, err := w.chat.Epoch(w.ctx)
	w.check(err)
	if after == before {
		t.Fatal("the epoch is the old one")
	}
}

func TestErrorsHaveTheirFate(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	for err, want := range map[error]bus.Fate{
		store.ErrTransient:       bus.Retry,
		store.ErrUnknown:         bus.Retry,
		store.ErrFull:            bus.Retry,
		context.DeadlineExceeded: bus.Retry,
		store.ErrBroken:          bus.Stop,
		topic.ErrNewer:           bus.Stop,
		store.ErrUnique:          bus.Suspect,
		errors.New("a bug"):      bus.Suspect,
	} {
		equal(t, err.Error(), w.actions.Fate(fmt.Errorf("deciding: %w", err)), want)
	}
}

func TestAFullStoreFreesTheBallastAndIsTriedAgain(t *testing.T) {
	w := newWorld(t, chat.Faults{})
	freed := 0
	s := chat.New(chat.Config{DB: full{w.db}, Live: w.live, OnFull: func() { freed++ }})
	_, _, err := s.Actions().Take(w.ctx, 0, logID)
	equal(t, "fate", s.Actions().Fate(err), bus.Retry)
	equal(t, "freed", freed, 1)
}

// full is a database without space.
type full struct{ store.DB }

func (full) InTx(context.Context, func(store.Tx) error) error { return store.ErrFull }
