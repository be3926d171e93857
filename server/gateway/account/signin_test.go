package account_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/session"
)

const wrong = "what nobody has chosen"

func TestUnknownHandleIsAnsweredAsAWrongPassword(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	for range 7 {
		_, a := w.SignIn(w.ctx, "ada", wrong, "", "192.0.2.9")
		_, b := w.SignIn(w.ctx, "nobody", wrong, "", "192.0.2.9")
		var p, q *api.Problem
		p, q = problem(t, a), problem(t, b)
		if *p != *q {
			t.Fatalf("%v and %v", p, q)
		}
	}
}

func TestWrongPasswordsSlowTheNextTriesDown(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	for range 5 {
		_, err := w.SignIn(w.ctx, "ada", wrong, "", "")
		w.refused(err, "bad_credentials")
	}
	last := 0
	for range 12 {
		w.start(cheap) // the count survives a restart
		_, err := w.SignIn(w.ctx, "ada", secret, "", "")
		p := w.refused(err, "too_many")
		if p.RetryAfter < last || p.RetryAfter > 300 {
			t.Fatalf("after %d s comes %d s", last, p.RetryAfter)
		}
		last = p.RetryAfter
		w.clock.advance(time.Duration(last) * time.Second)
		_, err = w.SignIn(w.ctx, "ada", wrong, "", "")
		w.refused(err, "bad_credentials")
	}
	if last != 300 {
		t.Fatalf("the longest wait is %d s", last)
	}
	w.clock.advance(5 * time.Minute)
	w.signIn("ada") // never locked for good
	_, err := w.SignIn(w.ctx, "ada", wrong, "", "")
	w.refused(err, "bad_credentials")
}

func TestParallelGuessesAreNoMoreThanTheSameNumberInARow(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	var looked atomic.Int64
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			_, err := w.SignIn(w.ctx, "ada", wrong, "", "")
			if problem(t, err).Code == "bad_credentials" {
				looked.Add(1)
			}
		})
	}
	wg.Wait()
	if n := looked.Load(); n > 5 {
		t.Fatalf("%d guesses were looked at", n)
	}
}

func TestGuessingStrangersDoNotSlowThePersonDown(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	w.must(second(w.SignIn(w.ctx, "ada", secret, "laptop", "2001:db8:1:2::7")))
	for range 5 {
		_, err := w.SignIn(w.ctx, "ada", wrong, "", "203.0.113.5")
		w.refused(err, "bad_credentials")
	}
	_, err := w.SignIn(w.ctx, "ada", secret, "", "203.0.113.5")
	w.refused(err, "too_many")
	w.must(second(w.SignIn(w.ctx, "ada", secret, "", "2001:db8:1:2:99::1"))) // the same /64
}

func TestPasswordIsHashedAgainWhenTheCostsRise(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	const hash = `SELECT password FROM accounts WHERE handle = 'ada'`
	if got := w.row(hash); !strings.HasPrefix(got, "$argon2id$v=19$m=8,t=1,p=1$") {
		t.Fatal(got)
	}
	w.start(account.HashParams{MemoryKiB: 16, Passes: 2, Threads: 1})
	w.signIn("ada")
	raised := w.row(hash)
	if !strings.HasPrefix(raised, "$argon2id$v=19$m=16,t=2,p=1$") {
		t.Fatal(raised)
	}
	w.signIn("ada")
	if w.row(hash) != raised {
		t.Fatal("hashed again without need")
	}
}

func TestSuspendedPersonCannotSignInAndResumedOneCan(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	u, err := w.As("owner").Suspend(w.ctx, "ada", "", 0)
	w.must(err)
	if !u.Suspended || !w.chat.standing(in.User).Suspended {
		t.Fatal("chat was not told")
	}
	if p := w.principal(in.Token); !p.Suspended {
		t.Fatal("the session does not show it")
	}
	if alive, err := w.Recheck(w.ctx, []api.SessionID{in.Session}); err != nil || alive[in.Session] == session.Alive {
		t.Fatal("the connection may stay", err)
	}
	_, err = w.SignIn(w.ctx, "ada", secret, "", "")
	w.refused(err, "forbidden")
	_, err = w.SignIn(w.ctx, "ada", wrong, "", "")
	w.refused(err, "bad_credentials") // only who knows the password learns of it
	_, err = w.As("owner").Resume(w.ctx, "ada")
	w.must(err)
	w.signIn("ada")
	if w.principal(in.Token).Suspended || w.chat.standing(in.User).Suspended {
		t.Fatal("still suspended")
	}
}

func problem(t *testing.T, err error) *api.Problem {
	t.Helper()
	p, ok := err.(*api.Problem)
	if !ok {
		t.Fatalf("%v is no problem", err)
	}
	return p
}

func second[T any](_ T, err error) error { return err }
