package account_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
)

func (w *world) untilErased(handle string) {
	w.T.Helper()
	w.Until(func() bool { return w.Count(`SELECT COUNT(*) FROM accounts WHERE handle = $1`, handle) == 0 })
}

func TestAPersonErasesThemselvesAndOnlyTheHandleStaysTaken(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	for range 3 {
		w.rooms.of = append(w.rooms.of, api.NewConversationID())
	}
	slices.SortFunc(w.rooms.of, func(a, b api.ConversationID) int { return slices.Compare(a[:], b[:]) })
	w.Must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.Letter()
	w.Refused(w.Erase(w.ctx, p, other, "192.0.2.1"), "bad_credentials")
	w.Must(w.Erase(w.ctx, p, secret, "192.0.2.1"))
	if s := w.Chat.Standing(in.User); !s.Deleted || s.NotBefore == 0 {
		t.Errorf("chat was told %+v", s)
	}
	w.signedOut(in.Token)
	_, err := w.Reset(w.ctx, "ada@example.org", code, other)
	w.Refused(err, "bad_code")
	w.untilErased("ada")
	if n := len(w.rooms.done); n != 3 {
		t.Errorf("%d conversations were erased", n)
	}
	w.Refused(w.SignUp(w.ctx, signUpOf("ada", "new@example.org")), "handle_taken")
	w.Must(w.SignUp(w.ctx, signUpOf("newcomer", "ada@example.org"))) // the address is free
	w.Letter()
	w.Refused(accounttest.Second(w.SignIn(w.ctx, "ada", secret, "", "192.0.2.1")), "bad_credentials")
}

func TestAnErasureThatIsLateIsAnsweredTheSameWhenItIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in, p := w.person("ada")
		other := w.signIn("ada")
		w.Chat.Set(true, true)
		w.Refused(w.Erase(w.ctx, p, secret, "192.0.2.1"), "unavailable")
		again, err := w.Erased(w.ctx, in.Token)
		w.Must(err)
		w.Refused(w.Erase(w.ctx, again, "", "192.0.2.1"), "unavailable")
		w.Chat.Set(false, false)
		w.Must(w.Erase(w.ctx, again, "", "192.0.2.1"))
		w.untilErased("ada")
		w.Must(w.Erase(w.ctx, again, "", "192.0.2.1"))
		_, err = w.Erased(w.ctx, other.Token) // a token that asked for nothing
		w.Refused(err, "signed_out")
		w.signedOut(in.Token)
		w.Clock.Advance(25 * time.Hour)
		_, err = w.Erased(w.ctx, in.Token)
		w.Refused(err, "signed_out")
	})
}

func TestWhoWasMadeForALoadTestErasesThemselvesWithoutAPassword(t *testing.T) {
	w := newWorld(t)
	people, err := w.As("ada").Mint(w.ctx, 1, "")
	w.Must(err)
	w.Must(w.Erase(w.ctx, w.principal(people[0].Token), "", ""))
	if s := w.Chat.Standing(people[0].User); !s.Deleted {
		t.Errorf("chat was told %+v", s)
	}
	_, p := w.person("ada")
	p.Exempt = true // the grant takes limits away, and nothing else
	w.Refused(w.Erase(w.ctx, p, "", "192.0.2.1"), "bad_credentials")
}

// A backup is put back: what was ended after it must not come alive.
func TestARestoredDatabaseHasNoSessionsAndErasesAgain(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	bob, _ := w.person("bob")
	w.Must(w.Forgot(w.ctx, "bob@example.org"))
	_, code := w.Letter()
	ticket, err := w.Ticket(w.ctx, p)
	w.Must(err)
	w.Must(w.Renew(w.ctx, "yesterday", []api.Erased{{User: in.User, Time: w.Now()}, {User: api.NewUserID()}}))
	w.Chat.Forget()
	w.start()
	w.Must(w.TellAnew(w.ctx, api.NewEpoch()))
	w.signedOut(in.Token)
	w.signedOut(bob.Token)
	w.Refused(accounttest.Second(w.Redeem(w.ctx, ticket)), "signed_out")
	_, err = w.Reset(w.ctx, "bob@example.org", code, other)
	w.Refused(err, "bad_code")
	if ada, bob := w.Chat.Standing(in.User), w.Chat.Standing(bob.User); !ada.Deleted || bob.Deleted || bob.NotBefore != bob.Version {
		t.Errorf("chat was told %+v and %+v", ada, bob)
	}
	w.untilErased("ada")
	w.signIn("bob")
	list, err := w.Audit(w.ctx, "", "owner", "yesterday", 10)
	if w.Must(err); len(list) != 1 || list[0].Act != "backup.restore" {
		t.Errorf("%+v", list)
	}
}
