package session_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

func TestRevokedSessionIsRefusedAtOnceAndChatIsTold(t *testing.T) {
	w := newWorld(t)
	in, other := w.begin(), w.begin()
	p := w.principal(in.Token)
	w.Must(w.Revoke(t.Context(), p, other.Session))
	w.signedOut(other.Token)
	s := w.Chat.Standing(w.ada)
	if s.Version != 2 || !slices.Contains(s.Revoked, other.Session) || slices.Contains(s.Revoked, in.Session) {
		t.Fatalf("chat knows %+v", s)
	}
	list, err := w.Sessions(t.Context(), p)
	w.Must(err)
	if len(list) != 1 || list[0].Session != in.Session || !list[0].Current {
		t.Fatalf("sessions %+v", list)
	}
	w.Must(w.Revoke(t.Context(), p, other.Session)) // answered the same
	bob := w.principal(w.beginOf(w.Account("bob"), "bob").Token)
	w.Refused(w.Revoke(t.Context(), bob, in.Session), "not_found")
	w.principal(in.Token)
	if w.principal(w.begin().Token).Since != 2 {
		t.Fatal("a session does not begin at its account's version")
	}
}

func TestRevocationThatIsLateStandsAndCanBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in := w.begin()
		p := w.principal(in.Token)
		w.Chat.Set(true, true)
		for range 2 {
			if pr := w.Refused(w.Revoke(t.Context(), p, p.Session), "unavailable"); pr.RetryAfter == 0 {
				t.Fatal("no Retry-After")
			}
		}
		w.signedOut(in.Token)
		ended, err := w.Ended(t.Context(), in.Token)
		w.Must(err)
		w.Refused(w.Revoke(t.Context(), ended, api.NewSessionID()), "signed_out")
		w.Chat.Set(false, false)
		w.Must(w.Revoke(t.Context(), ended, ended.Session))
		if s := w.Chat.Standing(w.ada); !slices.Contains(s.Revoked, in.Session) {
			t.Fatalf("chat knows %+v", s)
		}
	})
}

func TestEndingTheOthersSparesTheOneThatAsksAndEndingAllSparesNone(t *testing.T) {
	w := newWorld(t)
	own, other := w.begin(), w.begin()
	p := w.principal(own.Token)
	w.principal(other.Token)
	var first, again int64
	w.Tx(func(tx store.Tx) (err error) { first, err = session.EndOthers(tx, p, w.Now()); return err })
	w.Tx(func(tx store.Tx) (err error) { again, err = session.EndOthers(tx, p, w.Now()); return err })
	if first != 2 || again != 2 { // there was nothing left to end
		t.Errorf("versions %d and %d", first, again)
	}
	w.Forget(w.ada)
	w.signedOut(other.Token)
	w.principal(own.Token)
	w.Tx(func(tx store.Tx) error { _, err := session.EndAll(tx, w.ada); return err })
	w.Forget(w.ada)
	w.signedOut(own.Token)
	w.principal(w.begin().Token)
}

func TestASessionThatNobodyWasToldOfIsDropped(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	w.Tx(func(tx store.Tx) error { return session.Drop(tx, in.Session) })
	w.signedOut(in.Token)
	w.Refused(accounttest.Second(w.Ended(t.Context(), in.Token)), "signed_out")
}

func TestTheSessionThatErasedItsAccountCanAskAgainForADay(t *testing.T) {
	w := newWorld(t)
	in, other := w.begin(), w.begin()
	w.Tx(func(tx store.Tx) error { return session.Keep(tx, in.Session, w.Now()) })
	w.Tx(func(tx store.Tx) error { _, err := tx.Exec(`DELETE FROM sessions`); return err }) // as an erasure does
	p, err := w.Erased(t.Context(), in.Token)
	if w.Must(err); p.User != w.ada || !p.Ended {
		t.Errorf("%+v", p)
	}
	w.Refused(accounttest.Second(w.Erased(t.Context(), other.Token)), "signed_out")
	w.Clock.Advance(24 * time.Hour)
	w.Refused(accounttest.Second(w.Erased(t.Context(), in.Token)), "signed_out")
}

func TestTicketIsGoodOnceForThirtySeconds(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	p := w.principal(in.Token)
	ticket, err := w.Ticket(t.Context(), p)
	w.Must(err)
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			got, err := w.Redeem(t.Context(), ticket)
			if err == nil && got.Session == in.Session && got.User == in.User {
				ok.Add(1)
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Fatalf("redeemed %d times", ok.Load())
	}
	late, err := w.Ticket(t.Context(), p)
	w.Must(err)
	last, err := w.Ticket(t.Context(), p)
	w.Must(err)
	w.Clock.Advance(30*time.Second - time.Millisecond)
	w.Must(accounttest.Second(w.Redeem(t.Context(), last)))
	w.Clock.Advance(time.Millisecond)
	w.Refused(accounttest.Second(w.Redeem(t.Context(), late)), "signed_out")
	ended, err := w.Ticket(t.Context(), p)
	w.Must(err)
	w.Must(w.Revoke(t.Context(), p, p.Session))
	w.Refused(accounttest.Second(w.Redeem(t.Context(), ended)), "signed_out")
}

func TestStandingStaysBoundedWhateverIsRevoked(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	w.Tx(func(tx store.Tx) error { // a thousand sign-ins and sign-outs, in a moment
		for range 1000 {
			id := api.NewSessionID()
			_, err := tx.Exec(`INSERT INTO sessions (session_id, user_id, token, name, since, created, last_used, revoked)
				VALUES ($1, $2, $3, '', 1, $4, $4, $4)`, id, in.User, id, w.Now())
			if err != nil {
				return err
			}
		}
		return nil
	})
	w.Must(w.Revoke(t.Context(), w.principal(in.Token), w.begin().Session))
	s := w.Chat.Standing(w.ada)
	if len(s.Revoked) > 1000 || s.NotBefore == 0 {
		t.Fatalf("%d revoked sessions, not before %d", len(s.Revoked), s.NotBefore)
	}
	w.signedOut(in.Token) // older than the bound: ended with them
	if fresh := w.principal(w.begin().Token); fresh.Since < s.NotBefore {
		t.Fatal("a fresh session is ended already")
	}
}

func TestWhatOneGatewayRevokesAnotherRefusesWithinTwoSeconds(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	p := w.principal(in.Token)
	other := session.New(w.DB, w.Publisher(), accounttest.Log, w.Clock.Now)
	w.Must(accounttest.Second(other.Authenticate(t.Context(), in.Token)))
	w.Must(w.Revoke(t.Context(), p, p.Session))
	w.Clock.Advance(2 * time.Second)
	w.Refused(accounttest.Second(other.Authenticate(t.Context(), in.Token)), "signed_out")

	again := w.begin() // told over the live channel: at once
	w.Must(accounttest.Second(other.Authenticate(t.Context(), again.Token)))
	w.Must(w.Revoke(t.Context(), w.principal(again.Token), again.Session))
	other.Forget(w.ada)
	w.Refused(accounttest.Second(other.Authenticate(t.Context(), again.Token)), "signed_out")
}

func TestARevocationIsNotHiddenByWhatWasReadBefore(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		in := w.begin()
		p := w.principal(in.Token)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 20 {
					_, _ = w.Authenticate(t.Context(), in.Token) // either answer is right until Revoke has returned
				}
			})
		}
		w.Must(w.Revoke(t.Context(), p, p.Session))
		w.signedOut(in.Token)
		wg.Wait()
		w.signedOut(in.Token)
	}
}

// What is remembered goes once it is too old to be used: an idle server keeps nobody's.
func TestWhatIsRememberedIsReadAgainAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Clock.Go()
		in := w.begin()
		w.principal(in.Token)
		w.Tx(func(tx store.Tx) error { // behind its back
			_, err := tx.Exec(`UPDATE sessions SET revoked = 1`)
			return err
		})
		time.Sleep(2*time.Second - time.Nanosecond)
		w.principal(in.Token)
		time.Sleep(time.Nanosecond)
		w.signedOut(in.Token)
	})
}
