package session_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is an authority over the sessions of ada.
type world struct {
	*accounttest.Stage
	*session.Authority
	ada  api.UserID
	stop func() // of the authority
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Stage: accounttest.New(t)}
	w.ada = w.Account("ada")
	w.start()
	return w
}

// start runs an authority; a second call is a restart.
func (w *world) start() {
	if w.stop != nil {
		w.stop()
	}
	w.Authority = session.New(w.DB, w.Standings(), accounttest.Log, w.Clock.Now)
	w.stop = w.Background(w.Run)
}

// begin begins a session of ada.
func (w *world) begin() (in api.SignedIn) {
	w.T.Helper()
	return w.beginOf(w.ada, "ada")
}

func (w *world) beginOf(user api.UserID, handle string) (in api.SignedIn) {
	w.T.Helper()
	w.Tx(func(tx store.Tx) (err error) {
		in, err = session.Begin(tx, session.Start{User: user, Handle: handle, Name: "laptop"}, w.Now())
		return err
	})
	return in
}

func (w *world) principal(token string) session.Principal {
	w.T.Helper()
	p, err := w.Authenticate(w.T.Context(), token)
	w.Must(err)
	return p
}

func (w *world) signedOut(token string) {
	w.T.Helper()
	_, err := w.Authenticate(w.T.Context(), token)
	w.Refused(err, "signed_out")
}

func TestATokenTellsWhoseItIs(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	p := w.principal(in.Token)
	if p.User != w.ada || p.Session != in.Session || p.Handle != "ada" || p.Since != 1 || len(p.Grants) != 0 || p.Exempt || p.Suspended || p.Lasting || p.Ended {
		t.Fatalf("principal %+v of %+v", p, in)
	}
	if !strings.HasPrefix(in.Token, "chatctl_") || len(in.Token) != len("chatctl_")+43 { // 256 bits
		t.Fatalf("a token of %d characters", len(in.Token))
	}
}

func TestTokensThatAreNotOursAreRefused(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	for _, token := range []string{"", "chatctl_", in.Token[:50], in.Token + "x", "chatctl_" + in.Token[8:50] + "!", in.User.String()} {
		w.signedOut(token)
		for what, call := range map[string]func() error{
			"a ticket":           func() error { return accounttest.Second(w.Redeem(t.Context(), token)) },
			"an ended session":   func() error { return accounttest.Second(w.Ended(t.Context(), token)) },
			"that of an erasure": func() error { return accounttest.Second(w.Erased(t.Context(), token)) },
			"one without its kind": func() error {
				return accounttest.Second(w.Authenticate(t.Context(), strings.TrimPrefix(token, "chatctl_")))
			},
		} {
			if err := call(); err == nil {
				t.Errorf("%q was taken for %s", token, what)
			} else {
				w.Refused(err, "signed_out")
			}
		}
	}
}

func TestSessionEndsWhenIdle(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	for range 3 { // each use counts from there
		w.Clock.Advance(session.IdleLife - time.Hour)
		w.principal(in.Token)
		w.start() // uses are written down at the end, at the latest
	}
	w.Clock.Advance(session.IdleLife - time.Hour)
	alive, err := w.Recheck(t.Context(), []api.SessionID{in.Session, api.NewSessionID()})
	w.Must(err)
	if alive[in.Session] != session.Alive || len(alive) != 1 {
		t.Fatalf("alive: %v", alive)
	}
	w.start() // a connection is a use too
	w.Clock.Advance(session.IdleLife - time.Hour)
	w.principal(in.Token)
	w.start()
	w.Clock.Advance(session.IdleLife)
	w.signedOut(in.Token)
}

func TestSessionEndsAfterAYearHoweverMuchUsed(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	for at := time.Duration(0); at < session.AbsoluteLife-20*24*time.Hour; at += 20 * 24 * time.Hour {
		w.principal(in.Token)
		w.start()
		w.Clock.Advance(20 * 24 * time.Hour)
	}
	w.principal(in.Token)
	w.Clock.Advance(20 * 24 * time.Hour)
	w.signedOut(in.Token)
}

func TestATokenOfABotEndsOnlyWhenItIsRevoked(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	bot, err := w.CreateToken(t.Context(), w.principal(in.Token), "the clock")
	w.Must(err)
	w.Clock.Advance(2 * session.AbsoluteLife)
	w.signedOut(in.Token)
	of := w.principal(bot.Token)
	if !of.Lasting {
		t.Errorf("%+v", of)
	}
	w.Tx(func(tx store.Tx) error { return accounttest.Second(session.Clean(tx, w.Now())) })
	list, err := w.Sessions(t.Context(), of)
	if w.Must(err); len(list) != 1 || !list[0].Lasting || list[0].Name != "the clock" {
		t.Errorf("%+v", list)
	}
	w.Must(w.Revoke(t.Context(), of, bot.Session))
	w.signedOut(bot.Token)
	if s := w.Chat.Standing(w.ada); len(s.Revoked) != 1 || s.Revoked[0] != bot.Session {
		t.Errorf("chat was told %+v: a revoked token must be in every standing, however old", s)
	}
}

func TestATokenBreedsNoOthersAndAnAccountHasFiftyAtMost(t *testing.T) {
	w := newWorld(t)
	p := w.principal(w.begin().Token)
	w.Refused(accounttest.Second(w.CreateToken(t.Context(), p, "the\x1bclock")), "invalid")
	var mu sync.Mutex
	var made []api.SignedIn
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			in, err := w.CreateToken(t.Context(), p, "the clock")
			if err != nil {
				w.Refused(err, "forbidden")
				return
			}
			mu.Lock()
			defer mu.Unlock()
			made = append(made, in)
		})
	}
	wg.Wait()
	if len(made) != 50 {
		t.Fatalf("%d tokens were made", len(made))
	}
	bot := w.principal(made[0].Token)
	w.Refused(accounttest.Second(w.CreateToken(t.Context(), bot, "another")), "forbidden")
	w.Must(w.Revoke(t.Context(), p, bot.Session))
	w.Must(accounttest.Second(w.CreateToken(t.Context(), p, "in its place")))
}

// A request may be on its way while everything is ended: it must leave nothing that lasts.
func TestASessionThatWasEndedMeanwhileMakesNoToken(t *testing.T) {
	w := newWorld(t)
	for what, end := range map[string]func(p session.Principal){
		"revoked": func(p session.Principal) { w.Must(w.Revoke(t.Context(), p, p.Session)) },
		"ended with all": func(session.Principal) {
			w.Tx(func(tx store.Tx) error { _, err := session.EndAll(tx, w.ada); return err })
		},
		"deleted": func(p session.Principal) { w.Tx(func(tx store.Tx) error { return session.Drop(tx, p.Session) }) },
	} {
		p := w.principal(w.begin().Token)
		end(p)
		_, err := w.CreateToken(t.Context(), p, "the clock")
		w.Refused(err, "signed_out")
		if n := w.Count(`SELECT COUNT(*) FROM sessions WHERE lasting <> 0`); n != 0 {
			t.Errorf("a session that was %s has made a token", what)
		}
	}
}

func TestTheLastTwoHundredSessionsAreListedAndTheOwnIsMarked(t *testing.T) {
	w := newWorld(t)
	for range 201 {
		w.begin()
		w.Clock.Advance(time.Second)
	}
	own := w.begin()
	list, err := w.Sessions(t.Context(), w.principal(own.Token))
	w.Must(err)
	if len(list) != 200 || list[0].Session != own.Session || !list[0].Current || list[0].Name != "laptop" || list[1].Current {
		t.Fatalf("%d sessions, the first two %+v", len(list), list[:2])
	}
	if !slices.IsSortedFunc(list, func(a, b api.Session) int { return int(b.LastUsed - a.LastUsed) }) {
		t.Error("not the newest use first")
	}
}

func TestASessionIsBegunOnlyForWhoMayUseIt(t *testing.T) {
	w := newWorld(t)
	in := w.begin()
	begin := func() error {
		return w.DB.InTx(t.Context(), func(tx store.Tx) error {
			_, err := session.Begin(tx, session.Start{User: w.ada, Handle: "ada"}, w.Now())
			return err
		})
	}
	w.Tx(func(tx store.Tx) error { _, err := suspension.Begin(tx, w.ada, 0, w.Now()); return err })
	w.Refused(begin(), "forbidden")
	w.Forget(w.ada)
	if !w.principal(in.Token).Suspended {
		t.Error("the session does not show that its account is suspended")
	}
	alive, err := w.Recheck(t.Context(), []api.SessionID{in.Session})
	if w.Must(err); alive[in.Session] != session.Suspended {
		t.Errorf("a connection of theirs is %v", alive[in.Session])
	}
	w.Tx(func(tx store.Tx) error {
		_, err := tx.Exec(`UPDATE accounts SET deleted = 1, suspended = 0 WHERE user_id = $1`, w.ada)
		return err
	})
	if err := begin(); err != store.ErrNoRow {
		t.Errorf("of a deleted account: %v", err)
	}
}

func TestWhatIsOverIsCleanedAwayAndWhatMayStillCountIsNot(t *testing.T) {
	w := newWorld(t)
	p := w.principal(w.begin().Token)
	bot, err := w.CreateToken(t.Context(), p, "the clock")
	w.Must(err)
	ended, err := w.CreateToken(t.Context(), p, "the alarm")
	w.Must(err)
	w.Must(w.Revoke(t.Context(), p, ended.Session))
	w.Must(accounttest.Second(w.Ticket(t.Context(), p)))
	w.Tx(func(tx store.Tx) error { return session.Keep(tx, p.Session, w.Now()) })
	rows := func() [3]int64 {
		w.Tx(func(tx store.Tx) error { return accounttest.Second(session.Clean(tx, w.Now())) })
		return [3]int64{w.Count(`SELECT COUNT(*) FROM sessions`), w.Count(`SELECT COUNT(*) FROM tickets`), w.Count(`SELECT COUNT(*) FROM erased_tokens`)}
	}
	for _, c := range []struct {
		pass time.Duration
		want [3]int64
	}{
		{0, [3]int64{3, 1, 1}},
		{session.TicketLife, [3]int64{3, 0, 1}},
		{24 * time.Hour, [3]int64{3, 0, 0}},
		{session.IdleLife - 24*time.Hour, [3]int64{3, 0, 0}}, // its last use may not be written down yet
		{time.Hour, [3]int64{1, 0, 0}},
	} {
		w.Clock.Advance(c.pass)
		if got := rows(); got != c.want {
			t.Errorf("%v later %v sessions, tickets and tokens of erasures are left, want %v", c.pass, got, c.want)
		}
	}
	w.principal(bot.Token)
	w.Tx(func(tx store.Tx) error { _, err := session.EndAll(tx, w.ada); return err }) // the account's not_before tells chat
	if got := rows(); got[0] != 0 {
		t.Errorf("%d tokens of bots are left that were ended with all others", got[0])
	}
}

func TestATokenComesInItsHeaderWhateverTheCaseOfItsScheme(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer chatctl_x": "chatctl_x", "bearer chatctl_x": "chatctl_x", "BEARER chatctl_x": "chatctl_x", "Bearer ": "",
		"": "-", "Bearer": "-", "Basic chatctl_x": "-", "chatctl_x": "-", "Bearer " + strings.Repeat("x", 250): "-",
	} {
		got, ok := session.Bearer(header)
		if ok != (want != "-") || ok && got != want {
			t.Errorf("%q: %q, %v", header, got, ok)
		}
	}
}
