package account_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/register"
)

func TestConfirmedSignUpIsSignedInAndKnownToChat(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	if p.User != in.User || p.Session != in.Session || p.Handle != "ada" || p.Since != 1 || p.Exempt || p.Suspended {
		t.Fatalf("principal %+v of %+v", p, in)
	}
	if s := w.Chat.Standing(in.User); s.Version != 1 || s.Handle != "ada" {
		t.Fatalf("chat knows %+v", s)
	}
	me, err := w.Me(w.ctx, p)
	w.Must(err)
	if me.Email != "ada@example.org" || me.Handle != "ada" || len(me.Grants) != 0 {
		t.Fatalf("me %+v", me)
	}
	if again := w.signIn("ada"); again.User != in.User || again.Token == in.Token {
		t.Fatal("signing in gave another person or the same token")
	}
}

func TestASignUpWithAMistakeWritesNothing(t *testing.T) {
	w := newWorld(t)
	w.Refused(w.SignUp(w.ctx, register.Applicant{Handle: "ada", Email: "ada@example.org", Password: "short"}), "invalid")
	if n := w.Count(`SELECT COUNT(*) FROM signups`) + w.Count(`SELECT COUNT(*) FROM letters`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

func TestWhatIsNoAddressIsRefusedEverywhere(t *testing.T) {
	w := newWorld(t)
	_, p := w.person("ada")
	const none = "ada@example.org\r\nBcc: eve@example.org"
	for what, err := range map[string]error{
		"sign-up": w.SignUp(w.ctx, signUpOf("bob", none)),
		"resend":  w.Resend(w.ctx, none),
		"verify":  accounttest.Second(w.Verify(w.ctx, none, "00000000")),
		"forgot":  w.Forgot(w.ctx, none),
		"reset":   accounttest.Second(w.Reset(w.ctx, none, "00000000", other)),
		"change":  w.ChangeEmail(w.ctx, p, none, secret, ""),
		"confirm": w.ConfirmEmail(w.ctx, p, none, "00000000"),
	} {
		if codeOf(err) != "invalid" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestKnownAddressIsAnsweredAsUnknownOneAndGetsALetter(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	before := w.Count(`SELECT COUNT(*) FROM signups`) + w.Count(`SELECT COUNT(*) FROM codes`)
	w.Must(w.SignUp(w.ctx, signUpOf("eve", "ADA@example.org")))
	text, code := w.Letter()
	if code != "" || !strings.Contains(text, "@ada") {
		t.Fatalf("the letter is %q", text)
	}
	if after := w.Count(`SELECT COUNT(*) FROM signups`) + w.Count(`SELECT COUNT(*) FROM codes`); after != before+2 {
		t.Fatal("other rows were written than for an unknown address")
	}
	w.Must(w.Resend(w.ctx, "ada@example.org"))
	if text, code := w.Letter(); code != "" || !strings.Contains(text, "@ada") {
		t.Fatalf("the letter is %q", text)
	}
	w.Must(w.Resend(w.ctx, "nobody@example.org"))
	_, err := w.Verify(w.ctx, "ada@example.org", "00000000")
	known := w.Refused(err, "bad_code")
	_, err = w.Verify(w.ctx, "nobody@example.org", "00000000")
	if unknown := w.Refused(err, "bad_code"); *known != *unknown {
		t.Fatal("the answers differ")
	}
}

func TestTakenHandleIsToldAndAnUnconfirmedOneIsNobodys(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada") // not confirmed: it keeps the handle from nobody
	w.Must(w.SignUp(w.ctx, signUpOf("ada", "other@example.org")))
	_, other := w.Letter()
	_, err := w.Verify(w.ctx, "other@example.org", other)
	w.Must(err)
	w.Refused(w.SignUp(w.ctx, signUpOf("ada", "third@example.org")), "handle_taken")
	_, err = w.Verify(w.ctx, "ada@example.org", code)
	w.Refused(err, "handle_taken")
}

func TestAnotherCodeCanBeHadForADay(t *testing.T) {
	w := newWorld(t)
	bob := w.signUp("bob")
	w.Clock.Advance(code.Life)
	_, err := w.Verify(w.ctx, "bob@example.org", bob)
	w.Refused(err, "bad_code")
	w.Must(w.Resend(w.ctx, "bob@example.org"))
	_, fresh := w.Letter()
	_, err = w.Verify(w.ctx, "bob@example.org", fresh)
	w.Must(err)

	w.signUp("ada")
	w.Clock.Advance(24 * time.Hour)
	w.Must(w.Resend(w.ctx, "ada@example.org")) // answered the same; there is nothing to confirm
	w.Must(w.SignUp(w.ctx, signUpOf("eve", "eve@example.org")))
	if text, _ := w.Letter(); !strings.Contains(text, "@eve") {
		t.Errorf("a code for a sign-up that is over: %q", text)
	}
}

func TestAStrangersSignUpWithOnesAddressLeavesOnesCodeGood(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	w.Must(w.SignUp(w.ctx, register.Applicant{Handle: "eve", Email: "ada@example.org", Password: "what eve has chosen"}))
	if text, _ := w.Letter(); !strings.Contains(text, "@eve") {
		t.Fatalf("the letter does not say which handle: %q", text)
	}
	in, err := w.Verify(w.ctx, "ada@example.org", code)
	w.Must(err)
	if in.Handle != "ada" {
		t.Fatalf("the code of ada made %s", in.Handle)
	}
	w.signIn("ada")
}

// A wrong try is committed, though the call fails.
func TestWrongTriesCountWhateverACodeIsFor(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada")
	guess := func(what, code string, try func(code string) error) {
		wrong := "00000000"
		if code == wrong {
			wrong = "00000001"
		}
		for range 5 {
			if err := try(wrong); codeOf(err) != "bad_code" {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := try(code); codeOf(err) != "bad_code" {
			t.Errorf("%s: after five wrong tries the right one is answered %v", what, err)
		}
	}
	guess("a sign-up", w.signUp("bob"), func(code string) error {
		return accounttest.Second(w.Verify(w.ctx, "bob@example.org", code))
	})
	w.Must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.Letter()
	guess("a new password", code, func(code string) error {
		return accounttest.Second(w.Reset(w.ctx, "ada@example.org", code, other))
	})
	w.Must(w.ChangeEmail(w.ctx, ada, "ada@example.net", secret, ""))
	_, code = w.Letter()
	guess("another address", code, func(code string) error { return w.ConfirmEmail(w.ctx, ada, "ada@example.net", code) })
}

func TestWhateverSendsALetterCountsAmongTheFiveAnHour(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada") // one
	w.Must(w.Resend(w.ctx, "ada@example.org"))
	w.Must(w.Forgot(w.ctx, "ada@example.org"))
	w.Must(w.SignUp(w.ctx, signUpOf("ada2", "ada@example.org")))
	w.Must(w.ChangeEmail(w.ctx, ada, "Ada@example.org", secret, ""))
	for what, err := range map[string]error{
		"resend":  w.Resend(w.ctx, "ada@example.org"),
		"forgot":  w.Forgot(w.ctx, "ada@example.org"),
		"sign-up": w.SignUp(w.ctx, signUpOf("ada3", "ada@example.org")),
		"change":  w.ChangeEmail(w.ctx, ada, "ada@example.org", secret, ""),
	} {
		if codeOf(err) != "too_many" {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestManySignUpsAtOnceAreRefusedAsBusy(t *testing.T) {
	w := newWorld(t)
	w.hash = account.HashParams{MemoryKiB: 8 << 10, Passes: 2, Threads: 1}
	w.start()
	var wg sync.WaitGroup
	var busy atomic.Int64
	for i := range 100 {
		wg.Go(func() {
			name := fmt.Sprintf("user%d", i)
			if err := w.SignUp(w.ctx, signUpOf(name, name+"@example.org")); err != nil {
				w.Refused(err, "too_many")
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	if busy.Load() == 0 {
		t.Fatal("a hundred passwords were hashed at once, or waited for it")
	}
	if n := w.Count(`SELECT COUNT(*) FROM signups`); n != 100-busy.Load() {
		t.Errorf("%d sign-ups were begun, %d were refused", n, busy.Load())
	}
}

func TestSecretsAreNotAtRest(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	in, err := w.Verify(w.ctx, "ada@example.org", code)
	w.Must(err)
	ticket, err := w.Ticket(w.ctx, w.principal(in.Token))
	w.Must(err)
	files, err := filepath.Glob(filepath.Join(w.Dir, "*"))
	w.Must(err)
	found := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		w.Must(err)
		found = found || bytes.Contains(b, []byte("ada@example.org"))
		for what, s := range map[string]string{"code": code, "token": in.Token, "ticket": ticket, "password": secret} {
			if bytes.Contains(b, []byte(s)) {
				t.Errorf("the %s lies in %s", what, filepath.Base(f))
			}
		}
	}
	if !found {
		t.Fatal("the files hold nothing of the account: this test looks at the wrong ones")
	}
}

func TestSignUpThatChatDidNotHearOfInTimeCanBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		code := w.signUp("ada")
		w.Chat.Set(true, true)
		_, err := w.Verify(w.ctx, "ada@example.org", code)
		if p := w.Refused(err, "unavailable"); p.RetryAfter == 0 {
			t.Fatal("no Retry-After")
		}
		w.Chat.Set(false, false)
		in, err := w.Verify(w.ctx, "ada@example.org", code)
		w.Must(err)
		if n := w.Count(`SELECT COUNT(*) FROM sessions`); n != 1 {
			t.Fatalf("%d sessions: the one that nobody was told of is left", n)
		}
		w.principal(in.Token)
		_, err = w.Verify(w.ctx, "ada@example.org", code)
		w.Refused(err, "bad_code")
	})
}

func TestWhatIsOverIsCleanedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in, _ := w.person("ada")
		w.signUp("bob")
		w.Refused(accounttest.Second(w.SignIn(w.ctx, "ada", wrong, "", "")), "bad_credentials")
		w.Must(accounttest.Second(w.Ticket(w.ctx, w.principal(in.Token))))
		w.Clock.Advance(24 * time.Hour)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		for _, table := range []string{"signups", "codes", "letters", "failures", "tickets"} {
			if n := w.Count(`SELECT COUNT(*) FROM ` + table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
		w.principal(in.Token)
	})
}
