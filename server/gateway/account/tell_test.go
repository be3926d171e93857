package account_test

import (
	"context"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// A log that was lost had standings that were forgotten here because it had
// them: without them chat would refuse those people for ever.
func TestAStoreWithAnotherEpochIsToldOfAllAccounts(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.person("ada")
	first, second := api.NewEpoch(), api.NewEpoch()
	w.must(w.TellAnew(w.ctx, first))
	for _, c := range []struct {
		epoch api.Epoch
		told  int64
	}{{first, 0}, {second, 1}, {second, 0}, {first, 1}} {
		w.chat.forget()
		w.must(w.TellAnew(w.ctx, c.epoch))
		if got := w.chat.standing(ada.User).Version; got != c.told {
			t.Errorf("chat knows version %d, want %d", got, c.told)
		}
	}
}

func TestTellingThatWasCutOffIsBegunAgain(t *testing.T) {
	w := newWorld(t)
	ada, _ := w.person("ada")
	w.stop()
	w.chat.forget()
	w.chat.set(true, false)
	epoch := api.NewEpoch()
	ctx, cancel := context.WithCancel(w.ctx)
	cancelled := make(chan error)
	go func() { cancelled <- w.TellAnew(ctx, epoch) }()
	cancel()
	if err := <-cancelled; err == nil {
		t.Fatal("chat was told while it was away")
	}
	w.chat.set(false, false)
	w.must(w.TellAnew(w.ctx, epoch))
	if got := w.chat.standing(ada.User).Version; got != 1 {
		t.Errorf("chat knows version %d", got)
	}
}

// forget loses what was applied.
func (c *chat) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.standings = map[api.UserID]topic.Standing{}
}
