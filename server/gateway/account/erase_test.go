package account_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// rooms stand for the chat service's conversations, which are erased one by one.
type rooms struct {
	mu     sync.Mutex
	of     []api.ConversationID
	broken int // how many times it fails before it works
	done   map[api.ConversationID]api.ActionID
	again  int
}

func (r *rooms) list(_ context.Context, _ api.UserID, after api.ConversationID, limit int) ([]api.Head, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var page []api.Head
	for _, c := range r.of {
		if slices.Compare(c[:], after[:]) > 0 && len(page) < limit {
			page = append(page, api.Head{Conversation: c})
		}
	}
	return page, nil
}

func (r *rooms) erase(_ context.Context, id api.ActionID, _ api.UserID, c api.ConversationID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken > 0 && len(r.done) > 0 {
		r.broken--
		return errors.New("the log is away")
	}
	if before, ok := r.done[c]; ok && before != id {
		return errors.New("erased again under another id")
	} else if ok {
		r.again++
	}
	r.done[c] = id
	return nil
}

func TestAnErasedAccountLeavesNothingButATakenHandle(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	w.must(w.Forgot(w.ctx, "ada@example.org"))
	_, code := w.letter()
	w.refused(w.Erase(w.ctx, p, other, "192.0.2.1"), "bad_credentials")
	w.must(w.Erase(w.ctx, p, secret, "192.0.2.1"))
	if s := w.chat.standing(in.User); !s.Deleted || s.NotBefore == 0 {
		t.Errorf("chat was told %+v", s)
	}
	_, err := w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
	_, err = w.Reset(w.ctx, "ada@example.org", code, other)
	w.refused(err, "bad_code")
	w.untilErased("ada")
	w.refused(w.SignUp(w.ctx, signUpOf("ada", "new@example.org")), "handle_taken")
	w.must(w.SignUp(w.ctx, signUpOf("newcomer", "ada@example.org"))) // the address is free
	w.letter()
	for _, table := range []string{"sessions", "tickets", "grants", "erasures"} {
		if n := w.count(`SELECT COUNT(*) FROM ` + table); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
	}
	if n := w.count(`SELECT COUNT(*) FROM accounts WHERE handle = 'ada' OR display_name <> '' OR email IS NOT NULL OR password IS NOT NULL`); n != 0 {
		t.Error("the account's row still names its person")
	}
}

func TestAnErasureThatIsLateIsAnsweredTheSameWhenItIsRepeated(t *testing.T) {
	w := newWorld(t)
	in, p := w.person("ada")
	other := w.signIn("ada")
	w.chat.set(true, true)
	w.refused(w.Erase(w.ctx, p, secret, "192.0.2.1"), "unavailable")
	again, err := w.Erased(w.ctx, in.Token)
	w.must(err)
	w.refused(w.Erase(w.ctx, again, "", "192.0.2.1"), "unavailable")
	w.chat.set(false, false)
	w.must(w.Erase(w.ctx, again, "", "192.0.2.1"))
	w.untilErased("ada")
	w.must(w.Erase(w.ctx, again, "", "192.0.2.1"))
	_, err = w.Erased(w.ctx, other.Token) // a token that asked for nothing
	w.refused(err, "signed_out")
	_, err = w.Authenticate(w.ctx, in.Token)
	w.refused(err, "signed_out")
	w.clock.advance(25 * time.Hour)
	_, err = w.Erased(w.ctx, in.Token)
	w.refused(err, "signed_out")
}

func TestAnErasureGoesOnAfterAFailureAndARestart(t *testing.T) {
	w := newWorld(t)
	_, p := w.person("ada")
	for range 3 {
		w.rooms.of = append(w.rooms.of, api.NewConversationID())
	}
	slices.SortFunc(w.rooms.of, func(a, b api.ConversationID) int { return slices.Compare(a[:], b[:]) })
	w.rooms.broken = 1
	w.must(w.Erase(w.ctx, p, secret, "192.0.2.1"))
	w.must(w.until(func() bool { w.rooms.mu.Lock(); defer w.rooms.mu.Unlock(); return w.rooms.broken == 0 }))
	if n := w.count(`SELECT COUNT(*) FROM accounts WHERE handle = 'ada'`); n != 1 {
		t.Error("the handle went before the messages")
	}
	w.start(cheap)
	w.untilErased("ada")
	w.rooms.mu.Lock()
	defer w.rooms.mu.Unlock()
	if len(w.rooms.done) != 3 || w.rooms.again == 0 {
		t.Errorf("erased %v, %d again", w.rooms.done, w.rooms.again)
	}
}

func TestAnAdministratorErasesAnAccountAndItIsWrittenDown(t *testing.T) {
	w := newWorld(t)
	w.person("ada")
	u, err := w.As("@root").Delete(w.ctx, "ada")
	if w.must(err); !u.Deleted {
		t.Errorf("%+v", u)
	}
	w.untilErased("ada")
	_, err = w.As("@root").Delete(w.ctx, "ada")
	w.refused(err, "not_found")
	list, err := w.Audit(w.ctx, "", "@root", "ada", 10)
	if w.must(err); len(list) != 1 || list[0].Act != "users.delete" {
		t.Errorf("%+v", list)
	}
}

func (w *world) untilErased(handle string) {
	w.t.Helper()
	w.must(w.until(func() bool { return w.count(`SELECT COUNT(*) FROM accounts WHERE handle = $1`, handle) == 0 }))
}

// until asks again until the answer is yes, for a time that a busy machine needs.
func (w *world) until(yes func() bool) error {
	again, late := time.NewTicker(5*time.Millisecond), time.After(20*time.Second)
	defer again.Stop()
	for !yes() {
		select {
		case <-again.C:
		case <-late:
			return errors.New("it did not come about")
		}
	}
	return nil
}

func TestWhoWasMadeForALoadTestErasesThemselvesWithoutAPassword(t *testing.T) {
	w := newWorld(t)
	people, err := w.As("ada").Mint(w.ctx, 1, "")
	w.must(err)
	w.must(w.Erase(w.ctx, w.principal(people[0].Token), "", ""))
	if s := w.chat.standing(people[0].User); !s.Deleted {
		t.Errorf("chat was told %+v", s)
	}
	_, p := w.person("ada")
	p.Exempt = true // the grant takes limits away, and nothing else
	w.refused(w.Erase(w.ctx, p, "", "192.0.2.1"), "bad_credentials")
}
