package verify_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/loadtest/verify"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
)

func TestMain(m *testing.M) { servertest.Main(m) }

// until verifies servers of these options for longer and longer, for little is
// done in a second of a busy machine: until a run shows what is looked for, or
// for a minute. It returns the last run's report.
func until(t *testing.T, o servertest.Options, kills bool, patience time.Duration, shown func(verify.Report) bool) (r verify.Report) {
	t.Helper()
	for d := 4 * time.Second; d <= time.Minute; d *= 2 {
		if r = run(t, o, kills, d, patience); shown(r) {
			break
		}
	}
	return r
}

// run verifies a server of these options, which is killed on the way.
func run(t *testing.T, o servertest.Options, kills bool, talking, patience time.Duration) verify.Report {
	t.Helper()
	srv := servertest.Process(t, o)
	target := verify.Target{URL: srv.URL(), People: func(_ context.Context, n int) ([]api.Credential, error) {
		var made struct {
			People []api.Credential `json:"people"`
		}
		srv.Admin("POST", "/admin/v1/loadtest/people", map[string]any{"count": n}, &made)
		return made.People, nil
	}}
	target.Office = office{srv}
	if kills {
		var told <-chan struct{}
		target.URL, told = relayed(t, srv.URL())
		target.Kill = func(ctx context.Context) error {
			select {
			case <-told: // what it takes back now is missed
			case <-time.After(time.Second): // nobody talks any more
			case <-ctx.Done():
			}
			srv.Kill()
			return srv.Restart()
		}
	}
	r, err := verify.Run(t.Context(), verify.Config{Target: target, People: 8, Groups: 2, Duration: talking, Every: time.Second, Patience: patience, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// relayed is a way to a server on which told tells who waits for it that a result
// has come to one of the people.
func relayed(t *testing.T, url string) (way string, told <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	passed := make(chan struct{})
	go func() {
		for {
			person, err := l.Accept()
			if err != nil {
				return
			}
			go relay(person, strings.TrimPrefix(url, "http://"), passed)
		}
	}()
	return "http://" + l.Addr().String(), passed
}

// relay lets a person and a server talk until one of them ends that.
func relay(person net.Conn, address string, passed chan<- struct{}) {
	defer person.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer server.Close()
		io.Copy(server, person) //nolint:errcheck // either end may end it
	}()
	for b := make([]byte, 64<<10); ; {
		n, err := server.Read(b)
		if _, lost := person.Write(b[:n]); lost != nil || err != nil {
			return
		}
		if bytes.Contains(b[:n], []byte(`"kind":"result"`)) {
			select {
			case passed <- struct{}{}:
			default:
			}
		}
	}
}

// office is the administration of a server under test, which asks until it is done.
type office struct{ srv *servertest.Server }

func (o office) Suspend(ctx context.Context, handle string) error {
	o.srv.Suspend(ctx, handle)
	return ctx.Err()
}

func (o office) Resume(ctx context.Context, handle string) error {
	o.srv.Resume(ctx, handle)
	return ctx.Err()
}

func (o office) Purge(ctx context.Context, c api.ConversationID) error {
	o.srv.Administer(ctx, c, "POST", "purge", nil)
	return ctx.Err()
}

func TestAServerThatKeepsItsPromisesIsToldSo(t *testing.T) {
	untried := func(p verify.Promise) bool { return p.Tried == 0 }
	r := until(t, servertest.Options{}, true, time.Minute, func(r verify.Report) bool {
		return !r.Kept || r.Kills > 0 && r.Drops > 0 && !slices.ContainsFunc(r.Promises, untried)
	})
	if !r.Kept {
		t.Errorf("%+v", r)
	}
	if r.Kills == 0 || r.Drops == 0 || r.Answered == 0 {
		t.Errorf("%d kills, %d drops, %d of %d answered", r.Kills, r.Drops, r.Answered, r.Asked)
	}
	for _, p := range r.Promises {
		if untried(p) {
			t.Errorf("%s was never tried", p.Promise)
		}
	}
}

func TestEachBrokenPromiseIsFound(t *testing.T) {
	for _, c := range []struct {
		name    string
		options func(*servertest.Options)
		finds   []string
	}{
		{"no dedupe", func(o *servertest.Options) { o.Chat.NoDedupe = true }, []string{"once", "A2", "asked"}},
		{"no publication of a dedupe hit", func(o *servertest.Options) { o.Chat.NoRepublish = true }, []string{"result"}},
		{"refusals are not stored", func(o *servertest.Options) { o.Chat.RefusalsNotStored = true }, []string{"A1", "A2"}},
		{"no block check at commit", func(o *servertest.Options) { o.Chat.NoBlockCheck = true }, []string{"B"}},
		{"a skipped seq", func(o *servertest.Options) { o.Chat.SkipSeq = true }, []string{"dense"}},
		{"marks go back", func(o *servertest.Options) { o.Chat.MarksGoBack = true }, []string{"A4", "A5"}},
		{"an edit changes no message", func(o *servertest.Options) { o.Chat.EditsNotApplied = true }, []string{"edit"}},
		{"a deletion leaves versions", func(o *servertest.Options) { o.Chat.DeleteKeepsVersions = true }, []string{"deleted"}},
		{"no role is asked for", func(o *servertest.Options) { o.Chat.NoRoleCheck = true }, []string{"role"}},
		{"who leaves goes on reading", func(o *servertest.Options) { o.Chat.LeavingEndsNothing = true }, []string{"entitled"}},
		{"who joins has everything to read", func(o *servertest.Options) { o.Chat.JoiningReadsNothing = true }, []string{"A5"}},
		{"an erasure leaves the words", func(o *servertest.Options) { o.Chat.ErasureKeepsWords = true }, []string{"erased"}},
		{"a purge leaves the words", func(o *servertest.Options) { o.Chat.PurgeKeepsWords = true }, []string{"deleted"}},
		{"a suspension without effect", func(o *servertest.Options) { o.Chat.StandingUnheard = true }, []string{"R"}},
		{"results before the commit", func(o *servertest.Options) { o.Chat.PublishBeforeCommit = true }, []string{"A1", "A2", "agreement"}},
		{"rooms open with a gap", func(o *servertest.Options) { o.FailOpen, o.LoseLive = true, 5 }, []string{"A3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var o servertest.Options
			c.options(&o)
			found := func(r verify.Report) bool {
				return !r.Kept && slices.ContainsFunc(r.Promises, func(p verify.Promise) bool { return p.Broken > 0 && slices.Contains(c.finds, p.Promise) })
			}
			const patience = 15 * time.Second // all of it is taken where an answer is lost
			if r := until(t, o, c.name == "results before the commit", patience, found); !found(r) {
				t.Errorf("none of %v was found broken: %+v", c.finds, r)
			}
		})
	}
}
