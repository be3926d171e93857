package guard_test

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/guard"
	"github.com/chatctl/chatctl/server/gateway/account/password"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	right = accounttest.Password
	wrong = "what nobody has chosen"
)

// world is a guard of the account ada.
type world struct {
	*accounttest.Stage
	*guard.Guard
	ada api.UserID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Stage: accounttest.New(t)}
	w.start(accounttest.Cheap)
	hash, err := w.Hash(t.Context(), right)
	w.Must(err)
	w.ada = w.Make(register.Entry{Handle: "ada", Password: &hash})
	return w
}

// start makes a guard; a second call is a restart.
func (w *world) start(p password.Params) { w.Guard = guard.New(w.DB, w.Keys, p, w.Clock.Now) }

// try looks at a password for ada from an address.
func (w *world) try(plain, addr string) error {
	_, err := w.Prove(w.T.Context(), "ada", plain, addr)
	return err
}

func TestAPasswordProvesWhoseItIs(t *testing.T) {
	w := newWorld(t)
	p, err := w.Check(t.Context(), "ada", right, "192.0.2.1")
	if w.Must(err); p.User != w.ada || p.Known || p.Stored != w.Row(`SELECT password FROM accounts`) || len(p.Network) == 0 {
		t.Errorf("%+v", p)
	}
	w.Tx(func(tx store.Tx) error { _, err := tx.Exec(`UPDATE accounts SET acknowledged = 1`); return err })
	if p, err = w.Check(t.Context(), "ada", right, "nowhere"); err != nil || !p.Known || p.Network != nil {
		t.Errorf("%+v, %v", p, err)
	}
	w.Refused(w.try(strings.Repeat("x", api.MaxPassword+1), ""), "invalid") // not hashed
	w.Tx(func(tx store.Tx) error { _, err := tx.Exec(`UPDATE accounts SET deleted = 1`); return err })
	w.Refused(w.try(right, ""), "bad_credentials")
}

func TestUnknownHandleIsAnsweredAsAWrongPassword(t *testing.T) {
	w := newWorld(t)
	w.Account("minted") // has no password
	for range 7 {
		answer := func(handle string) api.Problem {
			_, err := w.Check(t.Context(), handle, wrong, "192.0.2.9")
			p, ok := err.(*api.Problem)
			if !ok {
				t.Fatalf("%v is no problem", err)
			}
			return *p
		}
		known := answer("ada")
		for _, other := range []string{"nobody", "minted"} {
			if got := answer(other); got != known {
				t.Fatalf("%s: %v and %v", other, got, known)
			}
		}
	}
}

func TestWrongPasswordsSlowTheNextTriesDown(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		w.Refused(w.try(wrong, ""), "bad_credentials")
	}
	last := 0
	for range 12 {
		w.start(accounttest.Cheap) // the count survives a restart
		p := w.Refused(w.try(right, ""), "too_many")
		if p.RetryAfter < last || p.RetryAfter > 300 {
			t.Fatalf("after %d s comes %d s", last, p.RetryAfter)
		}
		last = p.RetryAfter
		w.Clock.Advance(time.Duration(last) * time.Second)
		w.Refused(w.try(wrong, ""), "bad_credentials")
	}
	if last != 300 {
		t.Fatalf("the longest wait is %d s", last)
	}
	w.Clock.Advance(5 * time.Minute)
	w.Must(w.try(right, "")) // never locked for good
	for range 5 {            // and it begins anew
		w.Refused(w.try(wrong, ""), "bad_credentials")
	}
}

func TestFailuresAreForgottenAfterADay(t *testing.T) {
	w := newWorld(t)
	w.Refused(w.try(wrong, ""), "bad_credentials")
	for _, c := range []struct {
		pass time.Duration
		left int64
	}{{24*time.Hour - time.Millisecond, 1}, {time.Millisecond, 0}} {
		w.Clock.Advance(c.pass)
		w.Tx(func(tx store.Tx) error { return accounttest.Second(guard.Clean(tx, w.Now())) })
		if n := w.Count(`SELECT COUNT(*) FROM failures`); n != c.left {
			t.Errorf("%d lanes are kept, want %d", n, c.left)
		}
	}
}

func TestParallelGuessesAreNoMoreThanTheSameNumberInARow(t *testing.T) {
	w := newWorld(t)
	var looked atomic.Int64
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			if p, ok := w.try(wrong, "").(*api.Problem); ok && p.Code == "bad_credentials" {
				looked.Add(1)
			}
		})
	}
	wg.Wait()
	if n := looked.Load(); n < 1 || n > 5 {
		t.Fatalf("%d guesses were looked at", n)
	}
}

func TestGuessingStrangersDoNotSlowThePersonDown(t *testing.T) {
	w := newWorld(t)
	w.Tx(func(tx store.Tx) error { // they were here before
		_, err := session.Begin(tx, session.Start{User: w.ada, Handle: "ada", Network: w.Keys.Network("2001:db8:1:2::7")}, w.Now())
		return err
	})
	for range 5 {
		w.Refused(w.try(wrong, "203.0.113.5"), "bad_credentials")
	}
	w.Refused(w.try(right, "203.0.113.5"), "too_many")
	w.Must(w.try(right, "2001:db8:1:2:99::1")) // the same /64
	w.Refused(w.try(right, "2001:db8:1:3::1"), "too_many")
}

// Who forgot the password has guessed where they always are, and has another one now.
func TestFailuresOfAHandleAreForgottenWhereverTheyWereMade(t *testing.T) {
	w := newWorld(t)
	const home, elsewhere = "192.0.2.1", "203.0.113.5"
	w.Tx(func(tx store.Tx) error {
		_, err := session.Begin(tx, session.Start{User: w.ada, Handle: "ada", Network: w.Keys.Network(home)}, w.Now())
		return err
	})
	for range 5 {
		w.Refused(w.try(wrong, home), "bad_credentials")
		w.Refused(w.try(wrong, elsewhere), "bad_credentials")
		_, err := w.Prove(t.Context(), "adam", wrong, "")
		w.Refused(err, "bad_credentials")
	}
	w.Tx(func(tx store.Tx) error { return guard.Clear(tx, "ada") })
	w.Must(w.try(right, home))
	w.Must(w.try(right, elsewhere))
	_, err := w.Prove(t.Context(), "adam", wrong, "")
	w.Refused(err, "too_many") // another's
}

func TestPasswordIsHashedAgainWhenTheCostsRise(t *testing.T) {
	w := newWorld(t)
	const hash = `SELECT password FROM accounts WHERE handle = 'ada'`
	signIn := func() {
		p, err := w.Check(t.Context(), "ada", right, "")
		w.Must(err)
		w.Tx(p.Passed)
	}
	if got := w.Row(hash); !strings.HasPrefix(got, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Fatal(got)
	}
	w.start(password.Params{MemoryKiB: 16, Passes: 2, Threads: 1})
	signIn()
	raised := w.Row(hash)
	if !strings.HasPrefix(raised, "$argon2id$v=19$m=16,t=2,p=1$") {
		t.Fatal(raised)
	}
	signIn()
	if w.Row(hash) != raised {
		t.Fatal("hashed again without need")
	}
}

// Between the check and what it was for, the password may be changed, by whoever
// had reason to end all sessions: then the old one begins none.
func TestAPasswordThatWasChangedMeanwhileProvesNothing(t *testing.T) {
	w := newWorld(t)
	for _, costs := range []password.Params{accounttest.Cheap, {MemoryKiB: 16, Passes: 2, Threads: 1}} {
		w.start(costs)
		p, err := w.Check(t.Context(), "ada", right, "")
		w.Must(err)
		before := w.Row(`SELECT password FROM accounts`)
		w.Tx(func(tx store.Tx) error { _, err := tx.Exec(`UPDATE accounts SET password = 'another'`); return err })
		w.Refused(w.DB.InTx(t.Context(), p.Passed), "unavailable")
		if got := w.Row(`SELECT password FROM accounts`); got != "another" {
			t.Errorf("the changed password is %s", got)
		}
		w.Tx(func(tx store.Tx) error { _, err := tx.Exec(`UPDATE accounts SET password = $1`, before); return err })
	}
}

func TestManyPasswordsAtOnceAreRefusedAsBusy(t *testing.T) {
	w := newWorld(t)
	w.start(password.Params{MemoryKiB: 8 << 10, Passes: 2, Threads: 1})
	var wg sync.WaitGroup
	var busy, hashed atomic.Int64
	for range 100 {
		wg.Go(func() {
			if _, err := w.Hash(t.Context(), right); err == nil {
				hashed.Add(1)
			} else if w.Refused(err, "too_many").RetryAfter == 1 {
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	if busy.Load() == 0 || hashed.Load() == 0 || busy.Load()+hashed.Load() != 100 {
		t.Fatalf("of a hundred passwords %d were hashed and %d refused", hashed.Load(), busy.Load())
	}
	// What was refused or never begun is no failed try.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 {
		_, _ = w.Check(gone, "ada", wrong, "")
	}
	w.start(accounttest.Cheap)
	w.Must(w.try(right, ""))
}
