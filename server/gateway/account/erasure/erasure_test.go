package erasure_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/code"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rooms stand for the chat service's conversations, which are erased one by one.
type rooms struct {
	mu     sync.Mutex
	of     map[api.UserID][]api.ConversationID
	broken map[api.UserID]int // how many times it fails before it works, after the first conversation
	done   map[api.ConversationID]api.ActionID
	again  int
}

// Conversations lists them in pages of two, however many were asked for.
func (r *rooms) Conversations(_ context.Context, user api.UserID, after api.ConversationID, limit int) ([]api.Head, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var page []api.Head
	for _, c := range r.of[user] {
		if slices.Compare(c[:], after[:]) > 0 && len(page) < min(limit, 2) {
			page = append(page, api.Head{Conversation: c})
		}
	}
	return page, nil
}

func (r *rooms) Erase(_ context.Context, id api.ActionID, user api.UserID, c api.ConversationID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken[user] > 0 && c != r.of[user][0] {
		r.broken[user]--
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

func (r *rooms) erased() (conversations, again int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.done), r.again
}

// world is an eraser with the conversations of its accounts.
type world struct {
	*accounttest.Stage
	rooms     *rooms
	standings *standing.Publisher
	eraser    *erasure.Eraser
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Stage: accounttest.New(t), rooms: &rooms{
		of: map[api.UserID][]api.ConversationID{}, broken: map[api.UserID]int{}, done: map[api.ConversationID]api.ActionID{}}}
	w.standings = w.Standings()
	w.eraser = w.newEraser()
	return w
}

func (w *world) newEraser() *erasure.Eraser {
	chat := erasure.Chat{Applied: w.Chat.Applied, Conversations: w.rooms.Conversations, Erase: w.rooms.Erase}
	return erasure.New(w.DB, chat, w.Keys.Erasure, w.standings.Wake, accounttest.Log, w.Clock.Now)
}

// account is one that is in n conversations.
func (w *world) account(handle string, n int) api.UserID {
	w.T.Helper()
	user := w.Account(handle)
	for range n {
		w.rooms.of[user] = append(w.rooms.of[user], api.NewConversationID())
	}
	slices.SortFunc(w.rooms.of[user], func(a, b api.ConversationID) int { return slices.Compare(a[:], b[:]) })
	return user
}

func (w *world) begin(user api.UserID) (version int64) {
	w.T.Helper()
	w.Tx(func(tx store.Tx) (err error) { version, err = erasure.Begin(tx, user, w.Now()); return err })
	w.standings.Wake()
	w.eraser.Wake()
	return version
}

func (w *world) left(handle string) bool {
	w.T.Helper()
	return w.Count(`SELECT COUNT(*) FROM accounts WHERE handle = $1`, handle) == 1
}

func TestAnErasedAccountLeavesNothingButATakenHandle(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.account("ada", 5), w.account("bob", 1)
	w.Tx(func(tx store.Tx) error { // all that an account can have
		in, err := session.Begin(tx, session.Start{User: ada, Handle: "ada"}, w.Now())
		if err != nil {
			return err
		}
		codes := code.New(w.Keys, w.Clock.Now)
		if _, err := codes.ForReset(tx, "ada@example.org"); err != nil {
			return err
		}
		for _, statement := range []string{
			`INSERT INTO grants (user_id, name, since) SELECT user_id, 'admin', 0 FROM accounts`,
			`INSERT INTO failures (lane, tries, last, closed) VALUES ('ada', 1, 0, 0), ('ada 0123', 1, 0, 0), ('adam', 1, 0, 0)`,
			`INSERT INTO signups (signup_id, handle, display_name, email, address, password, created) VALUES (x'01', 'x', '', '', 'ada@example.org', '', 0), (x'02', 'y', '', '', 'eve@example.org', '', 0)`,
			`UPDATE accounts SET display_name = 'Ada', password = 'x', suspended = 1, suspended_until = 1`,
		} {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`INSERT INTO tickets (ticket, session_id, expires) VALUES (x'01', $1, 0)`, in.Session)
		return err
	})
	w.Background(w.eraser.Run)
	if v := w.begin(ada); v != 2 {
		t.Errorf("version %d", v)
	}
	w.Until(func() bool { return !w.left("ada") })
	for what, n := range map[string]int64{
		"accounts WHERE user_id = $1 AND (handle = 'ada' OR display_name <> '' OR email IS NOT NULL OR address IS NOT NULL OR password IS NOT NULL OR suspended_until <> 0)": 0,
		"accounts WHERE user_id = $1 AND handle LIKE 'erased-%' AND deleted <> 0":                                                                                            1,
		"sessions WHERE user_id = $1":                                  0,
		"grants WHERE user_id = $1":                                    0,
		"codes WHERE subject = $1 OR address = 'ada@example.org'":      0,
		"tickets WHERE $1 = $1":                                        0,
		"erasures WHERE $1 = $1":                                       0,
		"letters WHERE $1 = $1":                                        0,
		"failures WHERE $1 = $1":                                       1, // adam's
		"signups WHERE $1 = $1":                                        1, // eve's
		"handles WHERE $1 = $1 AND (handle = 'ada' OR handle = 'bob')": 2,
		"accounts WHERE user_id <> $1 AND display_name = 'Ada'":        1, // bob's
	} {
		if got := w.Count(`SELECT COUNT(*) FROM `+what, ada); got != n {
			t.Errorf("%d rows of %s, want %d", got, what, n)
		}
	}
	if n, _ := w.rooms.erased(); n != 5 {
		t.Errorf("%d conversations were erased", n)
	}
	w.Must(w.Chat.Applied(t.Context(), ada, 3)) // without its handle
	if st := w.Chat.Standing(ada); !st.Deleted || st.NotBefore != 2 || st.Handle == "ada" {
		t.Errorf("chat was told %+v", st)
	}
	if st := w.Chat.Standing(bob); st.Deleted {
		t.Errorf("chat was told %+v", st)
	}
}

func TestAnAccountIsDeletedOnce(t *testing.T) {
	w := newWorld(t)
	ada := w.account("ada", 0)
	if first, again := w.begin(ada), w.begin(ada); first != 2 || again != 2 {
		t.Errorf("versions %d and %d", first, again)
	}
	if n := w.Count(`SELECT COUNT(*) FROM erasures`); n != 1 {
		t.Errorf("%d erasures", n)
	}
}

func TestAnErasureGoesOnAfterAFailureAndARestart(t *testing.T) {
	w := newWorld(t)
	ada, bob := w.account("ada", 3), w.account("bob", 1)
	w.rooms.broken[ada] = 1000
	stop := w.Background(w.eraser.Run)
	w.begin(ada)
	w.begin(bob)
	w.Until(func() bool { return !w.left("bob") }) // one that fails keeps no other waiting
	w.Until(func() bool { n, _ := w.rooms.erased(); return n >= 2 })
	stop()
	if !w.left("ada") {
		t.Error("the handle went before the messages")
	}
	w.rooms.broken[ada] = 0
	w.eraser = w.newEraser()
	w.Background(w.eraser.Run)
	w.Until(func() bool { return !w.left("ada") })
	if n, again := w.rooms.erased(); n != 4 || again == 0 {
		t.Errorf("erased %d conversations, %d again", n, again)
	}
}

func TestAFailureIsTriedAgainAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.account("ada", 3)
		w.rooms.broken[ada] = 2
		w.Background(w.eraser.Run)
		synctest.Wait()
		w.begin(ada)
		synctest.Wait()
		for range 2 {
			if !w.left("ada") {
				t.Fatal("the handle went before the messages")
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
		}
		if w.left("ada") {
			t.Error("it was not tried again")
		}
	})
}

// Chat must refuse whatever the account may still ask for, before anything of it goes.
func TestNothingIsErasedBeforeChatKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.account("ada", 1)
		w.Chat.Set(true, false)
		w.Background(w.eraser.Run)
		w.begin(ada)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n, _ := w.rooms.erased(); n != 0 || !w.left("ada") {
			t.Errorf("%d conversations were erased", n)
		}
		w.Chat.Set(false, false)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n, _ := w.rooms.erased(); n != 1 || w.left("ada") {
			t.Error("it did not go on")
		}
	})
}

// After a restore: chat's store may be of a moment before the erasure.
func TestAnErasureIsBegunAgainAlsoForWhoIsErasedAlready(t *testing.T) {
	w := newWorld(t)
	ada := w.account("ada", 2)
	w.Background(w.eraser.Run)
	w.begin(ada)
	w.Until(func() bool { return !w.left("ada") })
	erased := w.Row(`SELECT handle FROM accounts`)
	w.Tx(func(tx store.Tx) error {
		return errors.Join(erasure.Again(tx, ada, w.Now()), erasure.Again(tx, api.NewUserID(), w.Now())) // the other one was made after the backup
	})
	w.standings.Wake()
	w.eraser.Wake()
	w.Until(func() bool { return !w.left(erased) })
	if n, again := w.rooms.erased(); n != 2 || again != 2 {
		t.Errorf("erased %d conversations, %d again", n, again)
	}
}

// Two gateways come to the same erasure.
func TestAnErasureIsCarriedOutByHoweverMany(t *testing.T) {
	w := newWorld(t)
	ada := w.account("ada", 4)
	w.begin(ada)
	var stops []func()
	for range 4 {
		stops = append(stops, w.Background(w.newEraser().Run))
	}
	w.Until(func() bool { return w.Count(`SELECT COUNT(*) FROM erasures`) == 0 })
	if n, _ := w.rooms.erased(); n != 4 || w.left("ada") {
		t.Errorf("erased %d conversations", n)
	}
	for _, stop := range stops {
		stop()
	}
	if v, names := w.Count(`SELECT version FROM accounts`), w.Count(`SELECT COUNT(*) FROM handles`); v != 3 || names != 2 {
		t.Errorf("version %d, %d handles: it was finished more than once", v, names)
	}
}
