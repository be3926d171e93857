package account_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

func TestAChangedPasswordEndsTheOtherSessionsAndKeepsTheOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in, p := w.person("ada")
		second := w.signIn("ada")
		bot, err := w.CreateToken(w.ctx, p, "the clock")
		w.Must(err)
		w.Refused(w.ChangePassword(w.ctx, p, other, "a third long sentence", "192.0.2.1"), "bad_credentials")
		w.Refused(w.ChangePassword(w.ctx, p, secret, "password", "192.0.2.1"), "invalid")
		w.Chat.Set(false, true)
		w.Refused(w.ChangePassword(w.ctx, p, secret, other, "192.0.2.1"), "unavailable")
		w.Chat.Set(false, false)
		w.Must(w.ChangePassword(w.ctx, p, secret, other, "192.0.2.1")) // repeated as it was
		w.principal(in.Token)
		for _, token := range []string{second.Token, bot.Token} {
			w.signedOut(token)
		}
		if s := w.Chat.Standing(in.User); len(s.Revoked) != 2 {
			t.Errorf("chat was told %+v", s)
		}
		w.Must(w.ChangePassword(w.ctx, p, other, secret, "192.0.2.1"))
	})
}

func TestGuessingAPasswordWithAStolenTokenIsAsSlowAsSigningIn(t *testing.T) {
	w := newWorld(t)
	_, p := w.person("ada")
	for range 5 {
		w.Refused(w.Erase(w.ctx, p, other, "192.0.2.9"), "bad_credentials")
	}
	w.Refused(w.ChangeEmail(w.ctx, p, "eve@example.org", other, "192.0.2.9"), "too_many")
}

func TestAnotherAddressIsTheAccountsOnceItsCodeIsShown(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada")
	_, bob := w.person("bob")
	w.Must(w.ChangeEmail(w.ctx, ada, "Ada@example.net", secret, "192.0.2.1"))
	text, code := w.Letter()
	if code == "" {
		t.Fatal(text)
	}
	w.Refused(w.ConfirmEmail(w.ctx, bob, "ada@example.net", code), "bad_code") // it is ada's
	_, err := w.Reset(w.ctx, "ada@example.net", code, other)                   // and for this
	w.Refused(err, "bad_code")
	w.Must(w.ConfirmEmail(w.ctx, ada, "Ada@example.net", code))
	me, err := w.Me(w.ctx, ada)
	if w.Must(err); me.Email != "Ada@example.net" {
		t.Errorf("%+v", me)
	}
	if text, _ := w.Letter(); text == "" {
		t.Error("the old address was not told")
	}
	w.Must(w.ChangeEmail(w.ctx, bob, "ada@example.net", secret, "192.0.2.1")) // taken: the letter says so
	if text, code := w.Letter(); code != "" {
		t.Errorf("a code for another's address: %s", text)
	}
}

// Two accounts prove one address; who shows the code first has it.
func TestAnAddressThatAnotherTookMeanwhileIsNotGiven(t *testing.T) {
	w := newWorld(t)
	_, ada := w.person("ada")
	_, bob := w.person("bob")
	codes := map[string]string{}
	w.Must(w.ChangeEmail(w.ctx, ada, "both@example.net", secret, ""))
	_, codes["ada"] = w.Letter()
	w.Must(w.ChangeEmail(w.ctx, bob, "both@example.net", secret, ""))
	_, codes["bob"] = w.Letter()
	w.Must(w.ConfirmEmail(w.ctx, ada, "both@example.net", codes["ada"]))
	w.Refused(w.ConfirmEmail(w.ctx, bob, "both@example.net", codes["bob"]), "bad_code")
	if me, err := w.Me(w.ctx, bob); err != nil || me.Email != "bob@example.org" {
		t.Errorf("%+v, %v", me, err)
	}
}

func TestADisplayNameIsToldChatAndAnEmptyOneTakesItAway(t *testing.T) {
	w := newWorld(t)
	_, p := w.person("ada")
	for i, name := range []string{"Ada Lovelace", "Ada Lovelace", ""} { // the same again is no change
		w.Must(w.SetDisplayName(w.ctx, p, name))
		me, err := w.Me(w.ctx, p)
		if w.Must(err); me.DisplayName != name || me.Version != []int64{2, 2, 3}[i] {
			t.Errorf("%+v", me)
		}
	}
	w.Refused(w.SetDisplayName(w.ctx, p, "Ada\x1b[31m"), "invalid")
	w.Refused(w.SetDisplayName(w.ctx, p, strings.Repeat("x", api.MaxName+1)), "invalid")
}

func TestWhoHidesTheirPresenceIsHiddenUntilTheyShowIt(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	bob, _ := w.person("bob")
	for _, shown := range []bool{false, true} {
		w.Must(w.ShowPresence(w.ctx, p, shown))
		hidden, err := w.Hidden(w.ctx, in.User, bob.User, api.NewUserID())
		if w.Must(err); hidden[in.User] == shown || len(hidden) > 1 || hidden[bob.User] {
			t.Errorf("shown %v: hidden are %v", shown, hidden)
		}
		want := api.PresenceOff
		if shown {
			want = api.PresenceOn
		}
		if me, err := w.Me(w.ctx, p); err != nil || me.Presence != want {
			t.Errorf("%+v, %v", me, err)
		}
	}
}

func TestUnknownHandlesResolveToTheSameNobodyAlways(t *testing.T) {
	w := newWorld(t)
	in, _ := w.person("ada")
	first, err := w.Resolve(w.ctx, []string{"ada", "nobody", "none"})
	w.Must(err)
	if first["ada"] != in.User || first["nobody"] == first["none"] || first["nobody"].IsZero() {
		t.Fatalf("resolved %v", first)
	}
	if id := first["nobody"]; id[6]>>4 != 4 || id[8]>>6 != 2 {
		t.Fatalf("%v is not shaped as a user's id", id)
	}
	w.start() // or another gateway on the same database
	again, err := w.Resolve(w.ctx, []string{"nobody"})
	w.Must(err)
	if again["nobody"] != first["nobody"] {
		t.Fatal("nobody is another after a restart")
	}
}

func TestAHandleThatNobodyHadIsFoundOnceItIsTaken(t *testing.T) {
	w := newWorld(t)
	nobody, err := w.Resolve(w.ctx, []string{"ada"})
	w.Must(err)
	in, _ := w.person("ada")
	for range 2 { // the second time from memory
		found, err := w.Resolve(w.ctx, []string{"ada", "none"})
		w.Must(err)
		if found["ada"] != in.User || found["none"].IsZero() || nobody["ada"] == in.User {
			t.Fatalf("resolved %v, before %v", found, nobody)
		}
	}
}

// More people than a generation remembers.
func TestHandlesAreFoundHoweverManyAreAskedFor(t *testing.T) {
	w := newWorld(t)
	const many = 11_000
	w.Tx(func(tx store.Tx) error {
		_, err := tx.Exec(`WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
			INSERT INTO accounts (user_id, handle, display_name, version, not_before, created, suspended, deleted, acknowledged, throwaway)
			SELECT CAST(printf('%016d', i) AS BLOB), 'p' || i, '', 1, 0, 0, 0, 0, 0, 0 FROM n`, many-1)
		return err
	})
	for range 2 {
		for from := 0; from < many; from += 1000 {
			handles := make([]string, 1000)
			for i := range handles {
				handles[i] = fmt.Sprint("p", from+i)
			}
			found, err := w.Resolve(w.ctx, handles)
			w.Must(err)
			for i, h := range handles {
				if got := found[h]; string(got[:]) != fmt.Sprintf("%016d", from+i) {
					t.Fatalf("%s is %v", h, got)
				}
			}
		}
	}
}
