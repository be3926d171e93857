package chat_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/chat"
)

// running lets the service's Run work until the returned function is called.
func (w *world) running() (stop func()) {
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error)
	go func() { done <- w.chat.Run(ctx) }()
	return func() {
		cancel()
		w.check(<-done)
	}
}

func TestHeadsAreRepeatedOnceAfterTheLatestEntry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, chat.Faults{})
		ada, bob := w.person("ada"), w.person("bob")
		defer w.running()()
		c := w.is(ada.message(bob, "1"), api.MessageSent).Conversation
		time.Sleep(9 * time.Second)
		synctest.Wait()
		equal(t, "heads while it moves", len(only(w.live.take(t), topic.LiveHead)), 0)
		w.is(ada.message(bob, "2"), api.MessageSent)
		time.Sleep(9 * time.Second)
		synctest.Wait()
		equal(t, "heads within 9 s", len(only(w.live.take(t), topic.LiveHead)), 0)
		time.Sleep(13 * time.Second)
		synctest.Wait()
		heads := only(w.live.take(t), topic.LiveHead)
		equal(t, "heads", len(heads), 1)
		equal(t, "conversation", heads[0].Conversation, c)
		equal(t, "seq", heads[0].Seq, 2)
		time.Sleep(time.Minute)
		synctest.Wait()
		equal(t, "heads afterwards", len(only(w.live.take(t), topic.LiveHead)), 0)
	})
}

func TestANewOwnerRepeatsTheHeadsOfTwoMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, chat.Faults{})
		ada, bob, cleo := w.person("ada"), w.person("bob"), w.person("cleo")
		w.is(ada.message(bob, "old"), api.MessageSent)
		w.pass(3 * time.Minute)
		c := w.is(ada.message(cleo, "new"), api.MessageSent).Conversation
		w.pass(time.Minute)
		w.serve(w.db)
		w.live.take(t)
		defer w.running()()
		time.Sleep(25 * time.Second)
		synctest.Wait()
		heads := only(w.live.take(t), topic.LiveHead)
		equal(t, "heads", len(heads), 1)
		equal(t, "conversation", heads[0].Conversation, c)
	})
}

func TestOutcomesAreKeptSevenDaysAndMessagesForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, chat.Faults{})
		ada, bob := w.person("ada"), w.person("bob")
		sent, blocked, held := ada.message(bob, "x"), ada.block(bob), bob.message(ada, "y")
		w.is(sent, api.MessageSent)
		w.is(blocked, api.BlockSet)
		w.held(held)
		known := func(e *topic.Envelope) bool {
			_, err := w.chat.Outcome(w.ctx, e.Sender, e.Action.ID)
			return err == nil
		}
		w.pass(7*24*time.Hour - time.Minute)
		stop := w.running()
		synctest.Wait()
		equal(t, "known within a week", known(blocked), true)
		w.pass(time.Hour)
		time.Sleep(time.Hour + time.Second)
		synctest.Wait()
		stop()
		equal(t, "known after it", known(blocked), false)
		equal(t, "message known", known(sent), true)
		equal(t, "held known", known(held), true)
	})
}
