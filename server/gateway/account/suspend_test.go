package account_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// suspend suspends ada for a time from now.
func (w *world) suspend(d time.Duration) api.Time {
	w.t.Helper()
	until := api.TimeOf(w.clock.now().Add(d))
	u, err := w.As("owner").Suspend(w.ctx, "ada", "sold hats", until)
	w.must(err)
	if !u.Suspended || u.Until != until || !w.chat.standing(u.User).Suspended {
		w.t.Fatalf("suspended %+v, chat knows %+v", u, w.chat.standing(u.User))
	}
	return until
}

// ends is how many suspensions of ada have ended by themselves.
func (w *world) ends() int64 {
	w.t.Helper()
	return w.count(`SELECT COUNT(*) FROM audit WHERE actor = 'server' AND act = 'users.resume' AND object = 'ada' AND detail = 'suspension ended'`)
}

func TestASuspensionEndsByItselfAtItsMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.clock.run()
		in, _ := w.person("ada")
		for n := range int64(2) { // the second begins while none is open
			until := w.suspend(time.Hour)
			time.Sleep(time.Hour - time.Millisecond)
			if !w.principal(in.Token).Suspended || w.ends() != n {
				t.Fatal("it has ended too early")
			}
			_, err := w.SignIn(w.ctx, "ada", secret, "", "")
			if p := w.refused(err, "forbidden"); !strings.Contains(p.Detail, until.String()) {
				t.Errorf("the person is told %q", p.Detail)
			}
			time.Sleep(time.Millisecond)
			synctest.Wait()
			s := w.chat.standing(in.User)
			if w.principal(in.Token).Suspended || s.Suspended || s.Version != 2*n+3 || w.ends() != n+1 {
				t.Fatalf("chat knows %+v, %d ends", s, w.ends())
			}
			w.signIn("ada")
		}
	})
}

func TestASuspensionThatWasOverWhileNoServerRanIsEndedAtStart(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	w.suspend(time.Hour)
	w.stop()
	w.clock.advance(2 * time.Hour)
	w.start(cheap)
	w.must(w.chat.applied(w.ctx, in.User, 3))
	if w.chat.standing(in.User).Suspended || w.ends() != 1 {
		t.Fatalf("chat knows %+v, %d ends", w.chat.standing(in.User), w.ends())
	}
	w.signIn("ada")
}

func TestTheLastEndThatASuspensionWasGivenHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.clock.run()
		in, _ := w.person("ada")
		w.suspend(time.Hour)
		w.suspend(3 * time.Hour) // longer
		time.Sleep(2 * time.Hour)
		if w.ends() != 0 {
			t.Fatal("it has ended when the first one would have")
		}
		w.suspend(time.Minute) // shorter
		time.Sleep(time.Minute)
		synctest.Wait()
		if w.ends() != 1 || w.principal(in.Token).Suspended {
			t.Fatal("it has not ended when the last one does")
		}

		w.suspend(time.Hour)
		u, err := w.As("owner").Suspend(w.ctx, "ada", "", 0) // for good
		w.must(err)
		if !u.Suspended || u.Until != 0 {
			t.Fatalf("suspended %+v", u)
		}
		time.Sleep(2 * time.Hour)
		if w.ends() != 1 || !w.principal(in.Token).Suspended {
			t.Fatal("a suspension for good has ended by itself")
		}
		w.suspend(time.Hour)
		w.must(second(w.As("owner").Resume(w.ctx, "ada")))
		time.Sleep(2 * time.Hour)
		if w.ends() != 1 {
			t.Fatal("what was ended by somebody has ended again")
		}
		_, err = w.As("owner").Suspend(w.ctx, "ada", "", api.TimeOf(w.clock.now()))
		w.refused(err, "invalid")
	})
}
