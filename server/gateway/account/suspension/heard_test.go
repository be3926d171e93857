package suspension_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// barred reports whether ada is kept out by a suspension, one that has ended included.
func (w *world) barred() bool {
	w.T.Helper()
	return w.Count(`SELECT COUNT(*) FROM accounts WHERE suspended <> 0 OR resuming <> 0`) == 1
}

func TestWhoseSuspensionEndedIsBarredUntilChatKnowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		stop := w.Background(w.lifter.Run)
		w.Clock.Go()
		w.suspend(time.Minute)
		w.Chat.Set(false, true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if w.suspended() || !w.barred() || w.told() != 0 {
			t.Fatal("ada is let in where chat refuses her")
		}
		stop() // another gateway goes on with it
		w.lifter = w.newLifter()
		w.Background(w.lifter.Run)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !w.barred() || w.told() != 0 {
			t.Fatal("a restart has let ada in")
		}
		w.Chat.Set(false, false)
		time.Sleep(time.Second)
		synctest.Wait()
		if w.barred() {
			t.Fatal("ada is barred though chat knows that the suspension has ended")
		}
		w.ended(1)
	})
}

func TestChatHearingOfTheEndOfASuspensionDoesNotEndALaterOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Background(w.lifter.Run)
		w.Clock.Go()
		w.suspend(time.Minute)
		w.Chat.Set(false, true)
		time.Sleep(2 * time.Minute)
		w.suspend(0)
		w.Chat.Set(false, false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if !w.suspended() || w.told() != 0 {
			t.Error("what ended the first suspension let ada in")
		}
	})
}
