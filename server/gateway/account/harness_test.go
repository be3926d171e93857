package account_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var cheap = account.HashParams{MemoryKiB: 8, Passes: 1, Threads: 1}

const secret = "a long and dull sentence"

// clock is a wall clock that a test moves.
type clock struct {
	mu    sync.Mutex
	at    time.Time
	since time.Time // it runs since then; zero: it stands
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return c.at
	}
	return c.at.Add(time.Since(c.since))
}

// run has the clock go with the time of a synctest bubble.
func (c *clock) run() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// chat stands for who applies standings: away, it refuses records; deaf, it
// takes them and applies none.
type chat struct {
	mu        sync.Mutex
	away      bool
	deaf      bool
	standings map[api.UserID]topic.Standing
	changed   chan struct{}
}

func (c *chat) publish(_ context.Context, recs []bus.Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.away {
		return errors.New("the log is away")
	}
	for _, r := range recs {
		s, err := topic.DecodeStanding(r.Value)
		if err != nil {
			return err
		}
		if api.UserID(r.Key) != s.User {
			return errors.New("a standing is keyed by its user")
		}
		if !c.deaf && s.Version > c.standings[s.User].Version {
			c.standings[s.User] = *s
		}
	}
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

func (c *chat) applied(ctx context.Context, user api.UserID, version int64) error {
	for {
		c.mu.Lock()
		have, changed, deaf := c.standings[user].Version, c.changed, c.deaf
		c.mu.Unlock()
		if have >= version {
			return nil
		}
		if deaf {
			return standing.ErrLate
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *chat) set(away, deaf bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.away, c.deaf = away, deaf
}

func (c *chat) standing(u api.UserID) topic.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.standings[u]
}

// letters is a mail.Sender that keeps what it is given.
type letters chan [3]string

func (l letters) Send(ctx context.Context, to, subject, text string) error {
	select {
	case l <- [3]string{to, subject, text}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// world is one gateway's accounts with what is around them.
type world struct {
	t     *testing.T
	ctx   context.Context
	dir   string
	db    store.DB
	clock *clock
	chat  *chat
	mail  letters
	*account.Service
	stop func()

	joining account.Policy
	rooms   *rooms
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, account.Policy{})
}

func newWorldOf(t *testing.T, joining account.Policy) *world {
	t.Helper()
	w := &world{t: t, joining: joining, rooms: &rooms{done: map[api.ConversationID]api.ActionID{}}, dir: t.TempDir(), mail: make(letters, 100),
		clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)},
		chat:  &chat{standings: map[api.UserID]topic.Standing{}, changed: make(chan struct{})}}
	w.ctx = t.Context()
	var err error
	w.db, err = store.OpenSQLite(w.ctx, filepath.Join(w.dir, "accounts.db"), store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.stop(); w.must(w.db.Close()) })
	w.start(cheap)
	return w
}

// start runs a gateway's accounts; a second call is a restart.
func (w *world) start(p account.HashParams) {
	w.t.Helper()
	if w.stop != nil {
		w.stop()
	}
	w.Service = account.New(account.Config{DB: w.db, Mail: w.mail, Publish: w.chat.publish, Applied: w.chat.applied,
		Erase: erasure.Chat{Conversations: w.rooms.list, Erase: w.rooms.erase}, Joining: w.joining,
		Log: slog.New(slog.DiscardHandler), Now: w.clock.now, Hash: p})
	w.must(w.Migrate(w.ctx))
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.ctx))
	ended := make(chan error, 1)
	s := w.Service
	go func() { ended <- s.Run(ctx) }()
	w.stop = sync.OnceFunc(func() { cancel(); w.must(<-ended) })
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks that err is the problem code, and returns it.
func (w *world) refused(err error, code string) *api.Problem {
	w.t.Helper()
	var p *api.Problem
	if !errors.As(err, &p) || p.Code != code {
		w.t.Fatalf("got %v, want the problem %s", err, code)
	}
	return p
}

var digits = regexp.MustCompile(`\b\d{8}\b`)

// letter waits for the next one and returns its text and the code in it.
func (w *world) letter() (text, code string) {
	w.t.Helper()
	select {
	case l := <-w.mail:
		return l[2], digits.FindString(l[2])
	case <-time.After(10 * time.Second):
		w.t.Fatal("no letter came")
		return "", ""
	}
}

func signUpOf(handle, email string) register.Applicant {
	return register.Applicant{Handle: handle, Email: email, Password: secret}
}

func (w *world) signUp(handle string) (code string) {
	w.t.Helper()
	w.must(w.SignUp(w.ctx, register.Applicant{Handle: handle, Email: handle + "@example.org", Password: secret}))
	_, code = w.letter()
	return code
}

// person is a signed-up person with a session.
func (w *world) person(handle string) (api.SignedIn, session.Principal) {
	w.t.Helper()
	in, err := w.Verify(w.ctx, handle+"@example.org", w.signUp(handle))
	w.must(err)
	return in, w.principal(in.Token)
}

func (w *world) principal(token string) session.Principal {
	w.t.Helper()
	p, err := w.Authenticate(w.ctx, token)
	w.must(err)
	return p
}

func (w *world) signIn(handle string) api.SignedIn {
	w.t.Helper()
	in, err := w.SignIn(w.ctx, handle, secret, "", "192.0.2.1")
	w.must(err)
	return in
}

// row reads one value.
func (w *world) row(query string, args ...any) (s string) {
	w.t.Helper()
	w.must(w.db.Read(w.ctx, func(tx store.Tx) error { return tx.Row(query, args...).Scan(&s) }))
	return s
}

func (w *world) count(query string, args ...any) (n int64) {
	w.t.Helper()
	w.must(w.db.Read(w.ctx, func(tx store.Tx) error { return tx.Row(query, args...).Scan(&n) }))
	return n
}

// signInNew is a fresh session of the one person "ada".
func (w *world) signInNew() api.SignedIn {
	w.t.Helper()
	if _, err := w.User(w.ctx, "ada"); err != nil {
		w.person("ada")
	}
	return w.signIn("ada")
}
