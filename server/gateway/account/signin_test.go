package account_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

func TestSigningInTakesThePasswordOfTheHandle(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	w.person("bob")
	again, err := w.SignIn(w.ctx, "ada", secret, "laptop", "192.0.2.1")
	if w.Must(err); again.User != in.User || again.Handle != "ada" || again.Session == in.Session {
		t.Errorf("%+v", again)
	}
	list, err := w.Sessions(w.ctx, w.principal(again.Token))
	if w.Must(err); len(list) != 2 || list[0].Name != "laptop" && list[1].Name != "laptop" {
		t.Errorf("%+v", list)
	}
	w.Refused(accounttest.Second(w.SignIn(w.ctx, "ada", wrong, "", "")), "bad_credentials")
	for pointer, c := range map[string][2]string{"/handle": {"No Handle", ""}, "/name": {"ada", "lap\x1btop"}} {
		_, err := w.SignIn(w.ctx, c[0], secret, c[1], "")
		if p := w.Refused(err, "invalid"); p.Pointer != pointer {
			t.Errorf("%v is wrong at %s", c, p.Pointer)
		}
	}
}

func TestSuspendedPersonCannotSignInAndResumedOneCan(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	u, err := w.As("owner").Suspend(w.ctx, "ada", "", 0)
	w.Must(err)
	if !u.Suspended || !w.Chat.Standing(in.User).Suspended {
		t.Fatal("chat was not told")
	}
	if p := w.principal(in.Token); !p.Suspended {
		t.Fatal("the session does not show it")
	}
	if alive, err := w.Recheck(w.ctx, []api.SessionID{in.Session}); err != nil || alive[in.Session] == session.Alive {
		t.Fatal("the connection may stay", err)
	}
	for range 10 { // each is a right password, not a guess
		_, err = w.SignIn(w.ctx, "ada", secret, "", "")
		w.Refused(err, "forbidden")
	}
	_, err = w.SignIn(w.ctx, "ada", wrong, "", "")
	w.Refused(err, "bad_credentials") // only who knows the password learns of it
	_, err = w.As("owner").Resume(w.ctx, "ada")
	w.Must(err)
	w.signIn("ada")
	if w.principal(in.Token).Suspended || w.Chat.Standing(in.User).Suspended {
		t.Fatal("still suspended")
	}
}

// Chat was late when the account was confirmed, and is so still.
func TestASignInThatChatIsLateForLeavesNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		code := w.signUp("ada")
		w.Chat.Set(true, false)
		_, err := w.Verify(w.ctx, "ada@example.org", code)
		w.Refused(err, "unavailable")
		for range 2 {
			_, err = w.SignIn(w.ctx, "ada", secret, "", "")
			w.Refused(err, "unavailable")
		}
		if n := w.Count(`SELECT COUNT(*) FROM sessions`); n != 0 {
			t.Errorf("%d sessions that nobody was told of are left", n)
		}
		w.Chat.Set(false, false)
		w.principal(w.signIn("ada").Token)
	})
}

func TestWhoseSuspensionHasEndedIsLetInByGatewayAndChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Clock.Go()
		in, _ := w.person("ada")
		until := api.TimeOf(w.Clock.Now().Add(time.Hour))
		w.Must(accounttest.Second(w.As("owner").Suspend(w.ctx, "ada", "sold hats", until)))
		time.Sleep(time.Hour - time.Millisecond)
		_, err := w.SignIn(w.ctx, "ada", secret, "", "")
		if p := w.Refused(err, "forbidden"); !w.principal(in.Token).Suspended || !strings.Contains(p.Detail, until.String()) {
			t.Errorf("the person is told %q", p.Detail)
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if s := w.Chat.Standing(in.User); w.principal(in.Token).Suspended || s.Suspended || s.Version != 3 {
			t.Fatalf("chat knows %+v", s)
		}
		w.signIn("ada")
	})
}

// Else chat would refuse what a gateway had accepted, for a suspension that is over.
func TestWhoseSuspensionHasEndedIsRefusedUntilChatKnowsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.Clock.Go()
		in, _ := w.person("ada")
		end := map[string]func(){
			"by itself": func() { time.Sleep(time.Hour) },
			"by an administrator": func() {
				w.Refused(accounttest.Second(w.As("owner").Resume(w.ctx, "ada")), "unavailable")
			},
		}
		for how, ends := range end {
			w.Must(accounttest.Second(w.As("owner").Suspend(w.ctx, "ada", "", api.TimeOf(w.Clock.Now().Add(time.Hour)))))
			w.Chat.Set(false, true)
			ends()
			synctest.Wait()
			w.Refused(accounttest.Second(w.SignIn(w.ctx, "ada", secret, "", "")), "unavailable")
			if p := w.Refused(w.principal(in.Token).Barred(), "unavailable"); p.RetryAfter == 0 {
				t.Errorf("%s: no Retry-After", how)
			}
			if state, err := w.Recheck(w.ctx, []api.SessionID{in.Session}); err != nil || state[in.Session] != session.Resuming {
				t.Errorf("%s: the connection is %v, %v", how, state, err)
			}
			w.Chat.Set(false, false)
			time.Sleep(time.Second)
			synctest.Wait()
			if w.Chat.Standing(in.User).Suspended {
				t.Fatalf("%s: chat knows of no end", how)
			}
			w.Must(w.principal(in.Token).Barred())
			w.signIn("ada")
		}
	})
}

func TestADatabaseThatIsStuckHoldsUpNobodyWhoIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		var log bytes.Buffer
		w.log = slog.New(slog.NewTextHandler(&log, nil))
		w.start()
		code := w.signUp("ada")
		w.Chat.Set(true, false)
		answered, release := make(chan error, 1), make(chan struct{})
		go func() { answered <- accounttest.Second(w.Verify(w.ctx, "ada@example.org", code)) }()
		synctest.Wait() // for chat
		stuck := make(chan error, 1)
		go func() { stuck <- w.DB.InTx(w.ctx, func(store.Tx) error { <-release; return nil }) }()
		time.Sleep(time.Minute)
		select {
		case err := <-answered:
			w.Refused(err, "unavailable")
		default:
			t.Error("the caller waits for the database")
		}
		close(release)
		w.Must(<-stuck)
		w.stop()
		if !strings.Contains(log.String(), "a session is left that nobody was told of") {
			t.Errorf("the log says %q", log.String())
		}
	})
}
