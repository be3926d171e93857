package standing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// raise gives an account its next version.
func raise(s *accounttest.Stage, user api.UserID) (version int64) {
	s.T.Helper()
	s.Tx(func(tx store.Tx) (err error) { version, err = standing.Raise(tx, user); return err })
	return version
}

func waiting(s *accounttest.Stage) int64 { return s.Count(`SELECT COUNT(*) FROM to_publish`) }

func TestChatIsToldTheWholeStandingOfAnAccount(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	var ended, old, open api.SignedIn
	s.Tx(func(tx store.Tx) (err error) {
		for _, in := range []*api.SignedIn{&old, &ended, &open} {
			if *in, err = session.Begin(tx, session.Start{User: ada, Handle: "ada"}, s.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	s.Tx(func(tx store.Tx) error { // so long ago that no gateway takes it any more
		_, err := tx.Exec(`UPDATE sessions SET last_used = $2, revoked = 1 WHERE session_id = $1`, old.Session, s.Now()-api.Time(2*session.IdleLife.Milliseconds()))
		return err
	})
	s.Tx(func(tx store.Tx) error { _, err := session.Revoke(tx, ada, ended.Session, s.Now()); return err })
	s.Tx(func(tx store.Tx) error { _, err := tx.Exec(`UPDATE accounts SET suspended = 1`); return err })
	p := s.Standings()
	s.Must(p.Settle(t.Context(), ada, raise(s, ada)))
	st := s.Chat.Standing(ada)
	if st.Handle != "ada" || st.Version != 3 || !st.Suspended || st.Deleted || st.NotBefore != 0 || !slices.Equal(st.Revoked, []api.SessionID{ended.Session}) {
		t.Errorf("chat knows %+v", st)
	}
	s.Until(func() bool { return waiting(s) == 0 })
}

func TestVersionsRiseByOneHoweverManyRaiseThem(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	var mu sync.Mutex
	var got []int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			v := raise(s, ada)
			mu.Lock()
			defer mu.Unlock()
			got = append(got, v)
		})
	}
	wg.Wait()
	slices.Sort(got)
	for i, v := range got {
		if v != int64(i+2) {
			t.Fatalf("versions %v", got)
		}
	}
	s.Tx(func(tx store.Tx) error {
		if v, err := standing.Version(tx, ada); err != nil || v != 51 {
			t.Errorf("version %d, %v", v, err)
		}
		return standing.Mark(tx, ada, 3) // an earlier one takes nothing back
	})
	if v := s.Count(`SELECT version FROM to_publish`); v != 51 {
		t.Errorf("version %d is to be published", v)
	}
}

func TestStandingIsPublishedAfterARestart(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	p := s.Publisher()
	stop := s.Background(p.Run)
	s.Must(p.SettleNew(t.Context(), ada))
	s.Chat.Set(true, false)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	version := raise(s, ada)
	go func() { done <- p.Settle(ctx, ada, version) }()
	cancel() // the caller goes away; the change stands
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("who went away is answered %v", err)
	}
	stop()
	s.Chat.Set(false, false)
	s.Standings()
	s.Must(s.Chat.Applied(t.Context(), ada, version))
	s.Until(func() bool { return waiting(s) == 0 })
}

// A batch holds 500 accounts.
func TestStandingsOfMoreThanABatchAreAllPublished(t *testing.T) {
	s := accounttest.New(t)
	users := make([]api.UserID, 1100)
	s.Tx(func(tx store.Tx) error {
		for i := range users {
			users[i] = api.NewUserID()
			if err := register.Create(tx, register.Entry{User: users[i], Handle: "u" + users[i].String()}, s.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	s.Must(s.Standings().SettleAllNew(t.Context(), users))
	for _, u := range users {
		if s.Chat.Standing(u).Version != 1 {
			t.Fatalf("chat does not know %v", u)
		}
	}
}

func TestWhatChatIsLateForStandsAndGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := accounttest.New(t)
		ada, bob := s.Account("ada"), s.Account("bob")
		p := s.Standings()
		s.Chat.Set(true, false)
		for what, c := range map[string]struct {
			call   func() error
			within time.Duration
		}{
			"a change":         {func() error { return p.Settle(t.Context(), ada, 1) }, 10 * time.Second},
			"an account":       {func() error { return p.SettleNew(t.Context(), ada) }, 10 * time.Second},
			"several accounts": {func() error { return p.SettleAllNew(t.Context(), []api.UserID{ada, bob}) }, 30 * time.Second},
		} {
			began := time.Now()
			if problem := s.Refused(c.call(), "unavailable"); problem.RetryAfter == 0 || time.Since(began) != c.within {
				t.Errorf("%s: answered after %v, retry after %d", what, time.Since(began), problem.RetryAfter)
			}
		}
		if n := s.Count(`SELECT COUNT(*) FROM accounts WHERE acknowledged <> 0`); n != 0 {
			t.Errorf("chat is said to know %d accounts", n)
		}
		s.Chat.Set(false, false)
		s.Must(p.SettleNew(t.Context(), ada)) // repeated
		if n := s.Count(`SELECT COUNT(*) FROM accounts WHERE acknowledged <> 0`); n != 1 {
			t.Errorf("chat is said to know %d accounts", n)
		}
		if s.Chat.Standing(bob).Version != 1 {
			t.Error("what nobody waits for any more was not published")
		}
	})
}

// Another process raised it: nobody wakes this one.
func TestWhatAnotherProcessLeftIsFoundWithinFiveSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := accounttest.New(t)
		ada := s.Account("ada")
		s.Standings()
		synctest.Wait()
		version := raise(s, ada)
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if got := s.Chat.Standing(ada).Version; got != version {
			t.Errorf("chat knows version %d, want %d", got, version)
		}
	})
}

// A log that was lost had standings that were forgotten here because it had
// them: without them chat would refuse those people for ever.
func TestAStoreWithAnotherEpochIsToldOfAllAccounts(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	p := s.Publisher()
	first, second := api.NewEpoch(), api.NewEpoch()
	s.Must(p.TellAnew(t.Context(), first))
	for _, c := range []struct {
		epoch api.Epoch
		told  int64
	}{{first, 0}, {second, 1}, {second, 0}, {first, 1}} {
		s.Chat.Forget()
		s.Must(p.TellAnew(t.Context(), c.epoch))
		if got := s.Chat.Standing(ada).Version; got != c.told {
			t.Errorf("chat knows version %d, want %d", got, c.told)
		}
	}
}

func TestTellingThatWasCutOffIsBegunAgain(t *testing.T) {
	s := accounttest.New(t)
	ada := s.Account("ada")
	p := s.Publisher()
	s.Chat.Set(true, false)
	epoch := api.NewEpoch()
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := make(chan error)
	go func() { cancelled <- p.TellAnew(ctx, epoch) }()
	cancel()
	if err := <-cancelled; err == nil {
		t.Fatal("chat was told while it was away")
	}
	s.Chat.Set(false, false)
	s.Must(p.TellAnew(t.Context(), epoch))
	if got := s.Chat.Standing(ada).Version; got != 1 {
		t.Errorf("chat knows version %d", got)
	}
}
