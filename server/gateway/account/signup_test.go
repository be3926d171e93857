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
	"time"

	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/register"
)

func TestConfirmedSignUpIsSignedInAndKnownToChat(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	if p.User != in.User || p.Session != in.Session || p.Handle != "ada" || p.Since != 1 || p.Exempt || p.Suspended {
		t.Fatalf("principal %+v of %+v", p, in)
	}
	if s := w.chat.standing(in.User); s.Version != 1 || s.Handle != "ada" {
		t.Fatalf("chat knows %+v", s)
	}
	me, err := w.Me(w.ctx, p)
	w.must(err)
	if me.Email != "ada@example.org" || me.Handle != "ada" || len(me.Grants) != 0 {
		t.Fatalf("me %+v", me)
	}
	if again := w.signIn("ada"); again.User != in.User || again.Token == in.Token {
		t.Fatal("signing in gave another person or the same token")
	}
}

func TestSignUpIsRefusedWithThePlaceOfTheMistake(t *testing.T) {
	w := newWorld(t)
	good := register.Applicant{Handle: "ada", Email: "ada@example.org", Password: secret, DisplayName: "Ada"}
	for _, c := range []struct {
		pointer string
		break_  func(*register.Applicant)
	}{
		{"/handle", func(s *register.Applicant) { s.Handle = "Ada" }},
		{"/email", func(s *register.Applicant) { s.Email = "ada" }},
		{"/email", func(s *register.Applicant) { s.Email = "Ada <ada@example.org>" }},
		{"/email", func(s *register.Applicant) { s.Email = "ada@example.org\r\nBcc: eve@example.org" }},
		{"/password", func(s *register.Applicant) { s.Password = "short" }},
		{"/password", func(s *register.Applicant) { s.Password = strings.Repeat("x", 257) }},
		{"/password", func(s *register.Applicant) { s.Password = "Password1" }},
		{"/display_name", func(s *register.Applicant) { s.DisplayName = "Ada\x1b[31m" }},
	} {
		in := good
		c.break_(&in)
		if p := w.refused(w.SignUp(w.ctx, in), "invalid"); p.Pointer != c.pointer {
			t.Errorf("%+v: pointer %s, want %s", in, p.Pointer, c.pointer)
		}
	}
}

func TestKnownAddressIsAnsweredAsUnknownOneAndGetsALetter(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	before := w.count(`SELECT COUNT(*) FROM signups`) + w.count(`SELECT COUNT(*) FROM codes`)
	w.must(w.SignUp(w.ctx, register.Applicant{Handle: "eve", Email: "ADA@example.org", Password: secret}))
	text, code := w.letter()
	if code != "" || !strings.Contains(text, "@ada") {
		t.Fatalf("the letter is %q", text)
	}
	if after := w.count(`SELECT COUNT(*) FROM signups`) + w.count(`SELECT COUNT(*) FROM codes`); after != before+2 {
		t.Fatal("other rows were written than for an unknown address")
	}
	w.must(w.Resend(w.ctx, "ada@example.org"))
	if text, code := w.letter(); code != "" || !strings.Contains(text, "@ada") {
		t.Fatalf("the letter is %q", text)
	}
	w.must(w.Resend(w.ctx, "nobody@example.org"))
	_, err := w.Verify(w.ctx, "ada@example.org", "00000000")
	known := w.refused(err, "bad_code")
	_, err = w.Verify(w.ctx, "nobody@example.org", "00000000")
	if unknown := w.refused(err, "bad_code"); *known != *unknown {
		t.Fatal("the answers differ")
	}
}

func TestTakenHandleIsToldAndNeverGivenOutAgain(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada") // not confirmed: it keeps the handle from nobody
	w.must(w.SignUp(w.ctx, register.Applicant{Handle: "ada", Email: "other@example.org", Password: secret}))
	_, other := w.letter()
	_, err := w.Verify(w.ctx, "other@example.org", other)
	w.must(err)
	w.refused(w.SignUp(w.ctx, register.Applicant{Handle: "ada", Email: "third@example.org", Password: secret}), "handle_taken")
	_, err = w.Verify(w.ctx, "ada@example.org", code)
	w.refused(err, "handle_taken")
}

func TestOneOfManyParallelRightCodesSucceeds(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	var ok atomic.Int64
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := w.Verify(w.ctx, "ada@example.org", code); err == nil {
				ok.Add(1)
			} else {
				w.refused(err, "bad_code")
			}
		})
	}
	wg.Wait()
	if ok.Load() != 1 {
		t.Fatalf("%d calls succeeded", ok.Load())
	}
}

func TestCodeIsWorthlessAfterFiveWrongTries(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	wrong := "00000000"
	if code == wrong {
		wrong = "00000001"
	}
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			_, err := w.Verify(w.ctx, "ada@example.org", wrong)
			w.refused(err, "bad_code")
		})
	}
	wg.Wait()
	_, err := w.Verify(w.ctx, "ada@example.org", code)
	w.refused(err, "bad_code")
}

func TestCodeLastsTenMinutesAndFitsItsAddressOnly(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.signUp("ada"), w.signUp("bob")
	_, err := w.Verify(w.ctx, "bob@example.org", ada)
	w.refused(err, "bad_code")
	w.clock.advance(code.Life)
	_, err = w.Verify(w.ctx, "bob@example.org", bob)
	w.refused(err, "bad_code")
	w.must(w.Resend(w.ctx, "bob@example.org"))
	_, fresh := w.letter()
	_, err = w.Verify(w.ctx, "bob@example.org", fresh)
	w.must(err)
}

func TestAStrangersSignUpWithOnesAddressLeavesOnesCodeGood(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	w.must(w.SignUp(w.ctx, register.Applicant{Handle: "eve", Email: "ada@example.org", Password: "what eve has chosen"}))
	if text, _ := w.letter(); !strings.Contains(text, "@eve") {
		t.Fatalf("the letter does not say which handle: %q", text)
	}
	in, err := w.Verify(w.ctx, "ada@example.org", code)
	w.must(err)
	if in.Handle != "ada" {
		t.Fatalf("the code of ada made %s", in.Handle)
	}
	w.signIn("ada")
}

func TestFiveLettersAnHourGoToAnAddress(t *testing.T) {
	w := newWorld(t)
	w.signUp("ada")
	for range 4 {
		w.must(w.Resend(w.ctx, "ada@example.org"))
	}
	if p := w.refused(w.Resend(w.ctx, "ada@example.org"), "too_many"); p.RetryAfter < 3590 || p.RetryAfter > 3601 {
		t.Fatalf("retry after %d s", p.RetryAfter)
	}
	w.refused(w.SignUp(w.ctx, register.Applicant{Handle: "ada2", Email: "ada@example.org", Password: secret}), "too_many")
	w.clock.advance(time.Hour)
	w.must(w.Resend(w.ctx, "ada@example.org"))
}

func TestSecretsAreNotAtRest(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	in, err := w.Verify(w.ctx, "ada@example.org", code)
	w.must(err)
	ticket, err := w.Ticket(w.ctx, w.principal(in.Token))
	w.must(err)
	files, err := filepath.Glob(filepath.Join(w.dir, "*"))
	w.must(err)
	found := false
	for _, f := range files {
		b, err := os.ReadFile(f)
		w.must(err)
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
	if !strings.HasPrefix(in.Token, "chatctl_") || len(in.Token) != len("chatctl_")+43 {
		t.Fatalf("a token of %d characters", len(in.Token))
	}
}

func TestSignUpThatChatDidNotHearOfInTimeCanBeRepeated(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	w.chat.set(true, true)
	_, err := w.Verify(w.ctx, "ada@example.org", code)
	if p := w.refused(err, "unavailable"); p.RetryAfter == 0 {
		t.Fatal("no Retry-After")
	}
	w.chat.set(false, false)
	in, err := w.Verify(w.ctx, "ada@example.org", code)
	w.must(err)
	if n := w.count(`SELECT COUNT(*) FROM sessions`); n != 1 {
		t.Fatalf("%d sessions: the one that nobody was told of is left", n)
	}
	w.principal(in.Token)
	_, err = w.Verify(w.ctx, "ada@example.org", code)
	w.refused(err, "bad_code")
}

func TestManySignUpsAtOnceAreRefusedAsBusyOrTaken(t *testing.T) {
	w := newWorld(t)
	w.start(account.HashParams{MemoryKiB: 8 << 10, Passes: 2, Threads: 1})
	var wg sync.WaitGroup
	var busy atomic.Int64
	for i := range 100 {
		wg.Go(func() {
			name := fmt.Sprintf("user%d", i)
			err := w.SignUp(w.ctx, register.Applicant{Handle: name, Email: name + "@example.org", Password: secret})
			if err != nil {
				w.refused(err, "too_many")
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	if busy.Load() == 0 {
		t.Fatal("a hundred passwords were hashed at once, or waited for it")
	}
}
