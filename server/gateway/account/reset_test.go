package account_test

import (
	"sync"
	"testing"
	"testing/synctest"
)

func TestAForgottenPasswordIsSetAnewWithACodeAndAllSessionsEnd(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	w.Must(w.Forgot(w.ctx, "Ada@example.org"))
	_, code := w.Letter()
	_, err := w.Verify(w.ctx, "ada@example.org", code) // bound to its purpose
	w.Refused(err, "bad_code")
	_, err = w.Reset(w.ctx, "bob@example.org", code, other) // and to its address
	w.Refused(err, "bad_code")
	_, err = w.Reset(w.ctx, "ada@example.org", code, "password")
	w.Refused(err, "invalid")
	fresh, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.Must(err)
	w.principal(fresh.Token)
	w.signedOut(in.Token)
	if s := w.Chat.Standing(in.User); s.NotBefore != s.Version {
		t.Errorf("chat was told %+v", s)
	}
	_, err = w.Reset(w.ctx, "ada@example.org", code, secret) // once
	w.Refused(err, "bad_code")
	_, err = w.SignIn(w.ctx, "ada", secret, "", "192.0.2.1")
	w.Refused(err, "bad_credentials")
	_, err = w.SignIn(w.ctx, "ada", other, "", "192.0.2.1")
	w.Must(err)
	if text, _ := w.Letter(); text == "" {
		t.Error("the person was not told")
	}
}

// A code for one purpose is none for another, whichever way round.
func TestACodeOfASignUpSetsNoPassword(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	_, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.Refused(err, "bad_code")
	_, err = w.Verify(w.ctx, "ada@example.org", code)
	w.Must(err)
}

func TestAskingForACodeDoesNotTellWhetherAnAddressIsKnown(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	before := w.Count(`SELECT COUNT(*) FROM codes`)
	w.Must(w.Forgot(w.ctx, "ada@example.org"))
	w.Letter()
	w.Must(w.Forgot(w.ctx, "nobody@example.org"))
	if n := w.Count(`SELECT COUNT(*) FROM codes`) - before; n != 2 {
		t.Errorf("%d codes were written", n)
	}
	for range 4 {
		w.Must(w.Forgot(w.ctx, "nobody@example.org"))
	}
	w.Refused(w.Forgot(w.ctx, "nobody@example.org"), "too_many")
}

func TestOfManyRightAnswersAtOnceOneSetsThePassword(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	w.Must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.Letter()
	won := make(chan error, 200)
	hashing := make(chan struct{}, 8) // below what the hasher takes at once
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			hashing <- struct{}{}
			_, err := w.Reset(w.ctx, "ada@example.org", code, other)
			<-hashing
			won <- err
		})
	}
	all.Wait()
	close(won)
	n := 0
	for err := range won {
		if err == nil {
			n++
		} else if codeOf(err) != "bad_code" {
			t.Fatal(err)
		}
	}
	if n != 1 {
		t.Fatalf("%d of 200 succeeded", n)
	}
}

func TestAResetThatChatIsLateForCanBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.person("ada")
		w.Must(w.Forgot(w.ctx, "ada@example.org"))
		_, code := w.Letter()
		w.Chat.Set(false, true)
		_, err := w.Reset(w.ctx, "ada@example.org", code, other)
		w.Refused(err, "unavailable")
		w.Chat.Set(false, false)
		in, err := w.Reset(w.ctx, "ada@example.org", code, other)
		w.Must(err)
		w.principal(in.Token)
		if n := w.Count(`SELECT COUNT(*) FROM sessions WHERE since >= (SELECT not_before FROM accounts)`); n != 1 {
			t.Errorf("%d sessions: the one that nobody was told of is left", n)
		}
	})
}
