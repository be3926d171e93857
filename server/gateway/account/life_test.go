package account_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
)

const other = "another long and dull sentence"

// codeOf is the code of a refusal, "" for none.
func codeOf(err error) string {
	var p *api.Problem
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}

func TestAForgottenPasswordIsSetAnewWithACodeAndAllSessionsEnd(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	w.must(w.Forgot(w.ctx, "Ada@example.org"))
	_, code := w.letter()
	_, err := w.Verify(w.ctx, "ada@example.org", code) // bound to its purpose
	w.refused(err, "bad_code")
	_, err = w.Reset(w.ctx, "bob@example.org", code, other) // and to its address
	w.refused(err, "bad_code")
	_, err = w.Reset(w.ctx, "ada@example.org", code, "password")
	w.refused(err, "invalid")
	fresh, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.must(err)
	w.principal(fresh.Token)
	_, err = w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
	if s := w.chat.standing(in.User); s.NotBefore != s.Version {
		t.Errorf("chat was told %+v", s)
	}
	_, err = w.Reset(w.ctx, "ada@example.org", code, secret) // once
	w.refused(err, "bad_code")
	_, err = w.SignIn(w.ctx, "ada", secret, "", "192.0.2.1")
	w.refused(err, "bad_credentials")
	_, err = w.SignIn(w.ctx, "ada", other, "", "192.0.2.1")
	w.must(err)
	if text, _ := w.letter(); text == "" {
		t.Error("the person was not told")
	}
}

// A code for one purpose is none for another, whichever way round.
func TestACodeOfASignUpSetsNoPassword(t *testing.T) {
	w := newWorld(t)
	code := w.signUp("ada")
	_, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.refused(err, "bad_code")
	_, err = w.Verify(w.ctx, "ada@example.org", code)
	w.must(err)
}

func TestAskingForACodeDoesNotTellWhetherAnAddressIsKnown(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	before := w.count(`SELECT COUNT(*) FROM codes`)
	w.must(w.Forgot(w.ctx, "ada@example.org"))
	w.letter()
	w.must(w.Forgot(w.ctx, "nobody@example.org"))
	if n := w.count(`SELECT COUNT(*) FROM codes`) - before; n != 2 {
		t.Errorf("%d codes were written", n)
	}
	for range 4 {
		w.must(w.Forgot(w.ctx, "nobody@example.org"))
	}
	w.refused(w.Forgot(w.ctx, "nobody@example.org"), "too_many")
	w.refused(w.Forgot(w.ctx, "no address"), "invalid")
}

func TestOfManyRightAnswersAtOnceOneSetsThePassword(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	w.must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.letter()
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
	w := newWorld(t)
	w.person("ada")
	w.must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.letter()
	w.chat.set(false, true)
	_, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.refused(err, "unavailable")
	w.chat.set(false, false)
	in, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.must(err)
	w.principal(in.Token)
}

func TestAChangedPasswordEndsTheOtherSessionsAndKeepsTheOwn(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	second := w.signIn("ada")
	bot, err := w.CreateToken(w.ctx, p, "the clock")
	w.must(err)
	w.refused(w.ChangePassword(w.ctx, p, other, "a third long sentence", "192.0.2.1"), "bad_credentials")
	w.refused(w.ChangePassword(w.ctx, p, secret, "password", "192.0.2.1"), "invalid")
	w.chat.set(false, true)
	w.refused(w.ChangePassword(w.ctx, p, secret, other, "192.0.2.1"), "unavailable")
	w.chat.set(false, false)
	w.must(w.ChangePassword(w.ctx, p, secret, other, "192.0.2.1")) // repeated as it was
	w.principal(in.Token)
	for _, token := range []string{second.Token, bot.Token} {
		_, err := w.Authenticate(w.ctx, token)
		w.refused(err, "signed_out")
	}
	if s := w.chat.standing(in.User); len(s.Revoked) != 2 {
		t.Errorf("chat was told %+v", s)
	}
	w.must(w.ChangePassword(w.ctx, p, other, secret, "192.0.2.1"))
}

func TestGuessingAPasswordWithAStolenTokenIsAsSlowAsSigningIn(t *testing.T) {
	w := newWorld(t)
	_, p := w.person("ada")
	for range 5 {
		w.refused(w.Erase(w.ctx, p, other, "192.0.2.9"), "bad_credentials")
	}
	w.refused(w.ChangeEmail(w.ctx, p, "eve@example.org", other, "192.0.2.9"), "too_many")
}

func TestAnotherAddressIsTheAccountsOnceItsCodeIsShown(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada")
	_, bob := w.person("bob")
	w.must(w.ChangeEmail(w.ctx, ada, "Ada@example.net", secret, "192.0.2.1"))
	text, code := w.letter()
	if code == "" {
		t.Fatal(text)
	}
	w.refused(w.ConfirmEmail(w.ctx, bob, "ada@example.net", code), "bad_code") // it is ada's
	_, err := w.Reset(w.ctx, "ada@example.net", code, other)                   // and for this
	w.refused(err, "bad_code")
	w.must(w.ConfirmEmail(w.ctx, ada, "Ada@example.net", code))
	me, err := w.Me(w.ctx, ada)
	if w.must(err); me.Email != "Ada@example.net" {
		t.Errorf("%+v", me)
	}
	if text, _ := w.letter(); text == "" {
		t.Error("the old address was not told")
	}
	w.must(w.ChangeEmail(w.ctx, bob, "ada@example.net", secret, "192.0.2.1")) // taken: the letter says so
	if text, code := w.letter(); code != "" {
		t.Errorf("a code for another's address: %s", text)
	}
}

func TestATokenOfABotEndsOnlyWhenItIsRevoked(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	bot, err := w.CreateToken(w.ctx, p, "the clock")
	w.must(err)
	w.clock.advance(2 * session.AbsoluteLife)
	_, err = w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
	of := w.principal(bot.Token)
	if !of.Lasting {
		t.Errorf("%+v", of)
	}
	_, err = w.CreateToken(w.ctx, of, "another")
	w.refused(err, "forbidden")
	list, err := w.Sessions(w.ctx, of)
	if w.must(err); len(list) != 1 || !list[0].Lasting || list[0].Name != "the clock" {
		t.Errorf("%+v", list)
	}
	w.must(w.Revoke(w.ctx, of, bot.Session))
	_, err = w.Authenticate(w.ctx, bot.Token)
	w.refused(err, "signed_out")
	if s := w.chat.standing(in.User); len(s.Revoked) != 1 || s.Revoked[0] != bot.Session {
		t.Errorf("chat was told %+v: a revoked token must be in every standing, however old", s)
	}
}

func TestWhoMaySignUpIsThePolicys(t *testing.T) {
	for name, c := range map[string]struct {
		policy account.Policy
		want   string
	}{
		"open":              {account.Policy{}, ""},
		"closed":            {account.Policy{Joining: account.Closed}, "forbidden"},
		"without an invite": {account.Policy{Joining: account.Invited}, "forbidden"},
		"a domain of ours":  {account.Policy{Joining: account.Domains, Domains: []string{"example.org"}}, ""},
		"another's":         {account.Policy{Joining: account.Domains, Domains: []string{"example.com"}}, "forbidden"},
	} {
		w := newWorldOf(t, c.policy)
		err := w.SignUp(w.ctx, register.Applicant{Handle: "ada", Email: "ada@example.org", Password: secret})
		if codeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	w := newWorldOf(t, account.Policy{Joining: account.Domains, Domains: []string{"example.org"}})
	_, p := w.person("ada")
	w.refused(w.ChangeEmail(w.ctx, p, "ada@example.com", secret, "192.0.2.1"), "forbidden")
}

func TestAnInviteIsGoodForItsUsesUntilItExpiresOrIsRevoked(t *testing.T) {
	w := newWorldOf(t, account.Policy{Joining: account.Invited})
	office := w.As("owner")
	in := func(handle, code string) (string, error) {
		err := w.SignUp(w.ctx, register.Applicant{Handle: handle, Email: handle + "@example.org", Password: secret, Invite: code})
		if err != nil {
			return "", err
		}
		_, sent := w.letter()
		return sent, nil
	}
	one, err := office.CreateInvite(w.ctx, "for one", 1, api.TimeOf(w.clock.now().Add(time.Hour)))
	w.must(err)
	ada, err := in("ada", one.Code)
	w.must(err)
	bob, err := in("bob", one.Code) // both began: who confirms first has it
	w.must(err)
	_, err = w.Verify(w.ctx, "ada@example.org", ada)
	w.must(err)
	_, err = w.Verify(w.ctx, "bob@example.org", bob)
	w.refused(err, "forbidden")
	_, err = in("cyd", one.Code)
	w.refused(err, "forbidden")
	_, err = in("cyd", "chatctlinvite_nonsense")
	w.refused(err, "forbidden")

	many, err := office.CreateInvite(w.ctx, "", 0, api.TimeOf(w.clock.now().Add(time.Hour)))
	w.must(err)
	_, err = in("cyd", many.Code)
	w.must(err)
	w.clock.advance(time.Hour)
	_, err = in("dan", many.Code)
	w.refused(err, "forbidden")
	gone, err := office.CreateInvite(w.ctx, "", 0, api.TimeOf(w.clock.now().Add(time.Hour)))
	w.must(err)
	w.must(office.RevokeInvite(w.ctx, gone.Invite))
	w.must(office.RevokeInvite(w.ctx, gone.Invite))
	_, err = in("dan", gone.Code)
	w.refused(err, "forbidden")
	list, err := w.Invites(w.ctx, "", 10)
	if w.must(err); len(list) != 3 || list[0].Used != 1 || list[0].Code != "" || !list[2].Revoked {
		t.Errorf("%+v", list)
	}
	w.refused(office.RevokeInvite(w.ctx, api.NewUserID().String()), "not_found")
}

func TestTheFirstAdministratorIsMadeOnceByTheTokenAlone(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada")
	_, bob := w.person("bob")
	old, err := w.First(w.ctx)
	w.must(err)
	token, err := w.First(w.ctx)
	w.must(err)
	w.refused(w.BecomeFirst(w.ctx, bob, old), "forbidden") // a restart drew another
	w.refused(w.BecomeFirst(w.ctx, bob, "nonsense"), "forbidden")
	w.must(w.BecomeFirst(w.ctx, ada, token))
	w.refused(w.BecomeFirst(w.ctx, bob, token), "forbidden")
	u, err := w.User(w.ctx, "ada")
	if w.must(err); len(u.Grants) != 1 || u.Grants[0] != register.Administrator {
		t.Errorf("%+v", u)
	}
	if none, err := w.First(w.ctx); err != nil || none != "" {
		t.Errorf("a token was drawn though ada administers: %v", err)
	}
}
