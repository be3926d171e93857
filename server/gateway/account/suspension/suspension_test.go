package suspension_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a lifter of the suspensions of ada.
type world struct {
	*accounttest.Stage
	ada       api.UserID
	standings *standing.Publisher
	lifter    *suspension.Lifter
	mu        sync.Mutex
	lifted    []api.UserID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Stage: accounttest.New(t)}
	w.ada = w.Account("ada")
	w.standings = w.Standings()
	w.lifter = w.newLifter()
	return w
}

func (w *world) newLifter() *suspension.Lifter {
	return suspension.New(w.DB, w.standings, func(u api.UserID) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.lifted = append(w.lifted, u)
	}, accounttest.Log, w.Clock.Now)
}

// suspend suspends ada for a time from now, 0 for good.
func (w *world) suspend(d time.Duration) (until api.Time, changed bool) {
	w.T.Helper()
	if d != 0 {
		until = api.TimeOf(w.Clock.Now().Add(d))
	}
	w.Tx(func(tx store.Tx) (err error) {
		if changed, err = suspension.Begin(tx, w.ada, until, w.Now()); err == nil && changed {
			_, err = standing.Raise(tx, w.ada)
		}
		return err
	})
	w.lifter.Wake()
	return until, changed
}

func (w *world) suspended() bool {
	w.T.Helper()
	return w.Count(`SELECT COUNT(*) FROM accounts WHERE suspended <> 0`) == 1
}

// ended checks how many suspensions of ada have ended by themselves: each with a
// version of its own, told, and written down.
func (w *world) ended(n int64) {
	w.T.Helper()
	lifted := w.told()
	audited := w.Count(`SELECT COUNT(*) FROM audit WHERE actor = 'server' AND act = 'users.resume' AND object = 'ada' AND detail = 'suspension ended'`)
	if lifted != n || audited != n {
		w.T.Fatalf("%d ends were told and %d written down, want %d", lifted, audited, n)
	}
}

// told is how often ada was let in again.
func (w *world) told() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.lifted))
}

func TestASuspensionEndsByItselfAtItsMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Background(w.lifter.Run)
		w.Clock.Go()
		for n := range int64(2) { // the second begins while none is open
			w.suspend(time.Hour)
			time.Sleep(time.Hour - time.Millisecond)
			synctest.Wait()
			if !w.suspended() {
				t.Fatal("it has ended too early")
			}
			w.ended(n)
			time.Sleep(time.Millisecond)
			synctest.Wait()
			if w.suspended() {
				t.Fatal("it has not ended")
			}
			w.ended(n + 1)
			if v := w.Count(`SELECT version FROM accounts`); v != 2*n+3 {
				t.Fatalf("version %d", v)
			}
		}
	})
}

func TestASuspensionThatWasOverWhileNoServerRanIsEndedAtStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.suspend(time.Hour)
		w.Clock.Advance(2 * time.Hour)
		w.Background(w.lifter.Run)
		synctest.Wait()
		if w.suspended() {
			t.Error("it goes on")
		}
		w.ended(1)
	})
}

// It was begun at another gateway: nobody wakes this one's lifter.
func TestASuspensionThatAnotherProcessBeganIsEndedTenSecondsLateAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Background(w.lifter.Run)
		w.Clock.Go()
		synctest.Wait()
		w.lifter = w.newLifter() // is woken in its place
		w.suspend(time.Second)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if w.suspended() {
			t.Error("it goes on")
		}
		w.ended(1)
	})
}

func TestTheLastEndThatASuspensionWasGivenHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Background(w.lifter.Run)
		w.Clock.Go()
		w.suspend(time.Hour)
		w.suspend(3 * time.Hour) // longer
		time.Sleep(2 * time.Hour)
		w.ended(0)             // when the first one would have
		w.suspend(time.Minute) // shorter
		time.Sleep(time.Minute)
		synctest.Wait()
		w.ended(1)
		if w.suspended() {
			t.Fatal("it has not ended when the last one does")
		}

		w.suspend(time.Hour)
		w.suspend(0) // for good
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if w.ended(1); !w.suspended() {
			t.Fatal("a suspension for good has ended by itself")
		}
		w.suspend(time.Hour)
		w.Tx(func(tx store.Tx) error {
			changed, err := suspension.End(tx, w.ada)
			if !changed {
				t.Error("there was none to end")
			}
			if err == nil {
				_, err = standing.Raise(tx, w.ada)
			}
			return err
		})
		w.lifter.Wake()
		synctest.Wait()
		if n := w.told(); n != 2 {
			t.Errorf("%d were let in, want the second", n)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n := w.told(); n != 2 { // what was ended by somebody does not end again
			t.Errorf("%d were let in", n)
		}
	})
}

func TestWhatIsSoAlreadyIsNoChange(t *testing.T) {
	w := newWorld(t)
	end := func() (changed bool) {
		w.Tx(func(tx store.Tx) (err error) { changed, err = suspension.End(tx, w.ada); return err })
		return changed
	}
	if end() {
		t.Error("a suspension ended that was none")
	}
	for _, d := range []time.Duration{0, time.Hour} {
		if _, changed := w.suspend(d); !changed {
			t.Errorf("suspending for %v changed nothing", d)
		}
		if _, changed := w.suspend(d); changed {
			t.Errorf("suspending again for %v changed something", d)
		}
	}
	if !end() || end() {
		t.Error("it is not ended once")
	}
}

// Two gateways come to the same end.
func TestAnEndIsMadeOnceByHoweverMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Clock.Go()
		for range 4 {
			w.Background(w.newLifter().Run)
		}
		w.suspend(time.Minute)
		time.Sleep(time.Minute + 10*time.Second)
		synctest.Wait()
		w.ended(1)
		if v := w.Count(`SELECT version FROM accounts`); v != 3 {
			t.Errorf("version %d", v)
		}
	})
}

func TestWhoIsSuspendedIsToldUntilWhen(t *testing.T) {
	s := accounttest.New(t)
	until := s.Now()
	if p := s.Refused(suspension.Refusal(until), "forbidden"); !strings.Contains(p.Detail, until.String()) {
		t.Errorf("until then: %q", p.Detail)
	}
	if p := s.Refused(suspension.Refusal(0), "forbidden"); strings.Contains(p.Detail, "until") {
		t.Errorf("for good: %q", p.Detail)
	}
}
