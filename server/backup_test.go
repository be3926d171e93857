package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/embedded"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"github.com/chatctl/chatctl/server/client/outbox"
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/servertest"
)

// owner is the administration of a server under test.
func owner(t *testing.T, srv *servertest.Server) *adminapi.Client {
	t.Helper()
	socket, err := embedded.FindAdminSocket(srv.Data())
	if err != nil {
		t.Fatal(err)
	}
	admin := adminapi.New(socket)
	t.Cleanup(admin.Close)
	return admin
}

func await(t *testing.T, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for !yes() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Errorf("%s: not within a minute", what)
			return
		}
	}
}

// TestABackupUnderLoadHoldsWhatWasAnswered: people talk while the server is
// backed up; the restored server has all that had been answered when the backup
// began, nothing that the first had not, and goes on.
func TestABackupUnderLoadHoldsWhatWasAnswered(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	dir := filepath.Join(t.TempDir(), "deep", "backup")
	s := story{people: 16, groups: 3, actions: 120}
	var began time.Duration
	var made api.Backup
	var backing sync.WaitGroup
	backing.Go(func() {
		await(t, "half of the actions", func() bool { return srv.History.Answered() > s.people*s.actions/2 })
		began = srv.History.Now()
		var err error
		if made, err = owner(t, srv).Backup(t.Context(), dir); err != nil {
			t.Error(err)
		}
	})
	s.run(t, srv)
	backing.Wait()
	if t.Failed() {
		return
	}
	m, err := backup.Check(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := m.Summary(dir); got != made {
		t.Errorf("told %+v, checked %+v", made, got)
	}
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}

	again := servertest.Process(t, servertest.Options{Data: servertest.Restore(t, dir), Listen: srv.Options().Listen})
	again.History = srv.History.Restored(began)
	handles := make([]string, s.people)
	for i := range handles {
		handles[i] = fmt.Sprintf("p%02d", i)
		again.Return(handles[i])
	}
	again.Calm()
	again.Holds()
	claim := srv.History.Restored(srv.History.Now()) // as if all had been answered before: more than the backup has
	claim.Final = again.History.Final
	for i, x := range again.History.Asked {
		claim.Asked[i].Outcome = x.Outcome
	}
	if !slices.ContainsFunc(history.Check(claim), func(v history.Verdict) bool { return v.Broken > 0 }) {
		t.Error("nothing was answered after the backup began: this test shows nothing")
	}
	messages := prefixes(t, srv.History.Final, again.History.Final)
	if messages != made.Messages {
		t.Errorf("%d messages can be read, the backup has %d", messages, made.Messages)
	}
	st, err := owner(t, again).Stats(t.Context())
	if err != nil || st.Messages != made.Messages || st.Conversations != made.Conversations || st.Accounts != made.Accounts || st.Rates.Messages != 0 {
		t.Errorf("%+v, %v", st, err)
	}

	again.History.Final = nil
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	online, leave := context.WithCancel(ctx)
	var staying, talking sync.WaitGroup
	for i, h := range handles {
		p := again.Person(h)
		staying.Go(func() { p.Stay(online) })
		talking.Go(func() {
			for n := range 5 {
				p.Do(ctx, api.Action{Type: api.SendMessage, To: handles[(i+1)%len(handles)], Text: fmt.Sprintf("again %d", n)})
			}
		})
	}
	talking.Wait()
	leave()
	staying.Wait()
	if ctx.Err() != nil {
		t.Error("not answered in time")
	}
	again.Calm()
	again.Holds()
}

// prefixes holds every entry that can be read after against the same before, and
// counts the messages. Texts may have been changed by what came after the backup;
// that each was asked for is history.Check's.
func prefixes(t *testing.T, before, after []history.Final) (messages int64) {
	t.Helper()
	type place struct {
		conv api.ConversationID
		seq  int64
	}
	encode := func(e api.Entry) []byte {
		if e.Kind == api.EntryMessage || e.Kind == api.EntryEdit {
			e.Body = nil
		}
		return api.Encode(e)
	}
	first := map[place][]byte{}
	for _, f := range before {
		for _, e := range f.Page.Entries {
			first[place{e.Conversation, e.Seq}] = encode(e)
		}
	}
	seen := map[place]bool{}
	for _, f := range after {
		for _, e := range f.Page.Entries {
			at := place{e.Conversation, e.Seq}
			if !bytes.Equal(first[at], encode(e)) {
				t.Errorf("%s seq %d is %s and was %s", e.Conversation, e.Seq, encode(e), first[at])
			}
			if e.Kind == api.EntryMessage && !seen[at] {
				messages++
			}
			seen[at] = true
		}
	}
	return messages
}

// TestAKillDuringABackupLeavesNothingHalf kills the server at random moments of a backup.
func TestAKillDuringABackupLeavesNothingHalf(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, _ := srv.Person("ada"), srv.Person("bob")
	for n := range 30 {
		ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: fmt.Sprint(n)})
	}
	dir := filepath.Join(t.TempDir(), "backup")
	r := rand.New(rand.NewPCG(7, 7))
	begun := 0
	for round := 0; round < 8 || begun == 0 && round < 64; round++ {
		var asking sync.WaitGroup
		admin := owner(t, srv)
		asking.Go(func() { admin.Backup(t.Context(), dir) }) // its error is the kill's
		timer := time.NewTimer(time.Duration(r.Int64N(int64(round/8+1) * int64(60*time.Millisecond))))
		<-timer.C
		srv.Kill()
		asking.Wait()
		beside, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*"))
		if slices.ContainsFunc(beside, func(path string) bool { return path != dir }) {
			begun++
		}
		if _, err := os.Stat(dir); err == nil {
			if _, err := backup.Check(t.Context(), dir); err != nil {
				t.Errorf("it is there and not whole: %v", err)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if err := srv.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if begun == 0 {
		t.Error("no kill met a backup at work: this test shows nothing")
	}
	if _, err := owner(t, srv).Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Check(t.Context(), dir); err != nil {
		t.Error(err)
	}
	left, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(left) != 1 {
		t.Errorf("beside the backup lies %v, %v", left, err)
	}
}

// TestLivingClientsStartFromTheHeadsOfARestoredServer: a client that stays while
// its server is replaced by a restored one has to sign in, meets another epoch,
// reads all that the backup has, and what it still had to send arrives.
func TestLivingClientsStartFromTheHeadsOfARestoredServer(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob := srv.Person("ada"), srv.Person("bob")
	for n := range 5 {
		ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: fmt.Sprintf("kept %d", n)})
	}
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := owner(t, srv).Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	ada.Must(api.Action{Type: api.SendMessage, To: "bob", Text: "after the backup"})

	l := newListener(t, srv.URL(), bob.Token, outbox.Memory())
	var first []api.Epoch
	l.until("all six", func(texts []string, epochs []api.Epoch) bool { first = slices.Clone(epochs); return len(texts) == 6 })
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := l.stream.Send(api.Action{Type: api.SendMessage, To: "ada", Text: "written while nobody was there"}); err != nil {
		t.Fatal(err)
	}
	again := servertest.Process(t, servertest.Options{Data: servertest.Restore(t, dir), Listen: srv.Options().Listen})
	var problem *api.Problem
	if err := l.end(); !errors.As(err, &problem) || problem.Code != "signed_out" {
		t.Fatalf("the old session goes on: %v", err)
	}
	await(t, "ready", func() bool { return ready(t, again.URL()) })

	m := newListener(t, again.URL(), again.Return("bob").Token, l.out)
	want := []string{"kept 0", "kept 1", "kept 2", "kept 3", "kept 4", "written while nobody was there"}
	m.until("all of the backup and what was to be sent", func(texts []string, epochs []api.Epoch) bool {
		return slices.Equal(texts, want) && epochs[0] != first[0]
	})
	m.stop()
	if err := m.end(); err != nil {
		t.Error(err)
	}
}

// TestWhoWasErasedStaysErasedOverARestore: the list that is kept beside a backup
// names who left after it was made.
func TestWhoWasErasedStaysErasedOverARestore(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	ada, bob, cyd := srv.Person("ada"), srv.Person("bob"), srv.Person("cyd")
	bob.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "bob's secret"})
	cyd.Must(api.Action{Type: api.SendMessage, To: "ada", Text: "cyd stays"})
	dir := filepath.Join(t.TempDir(), "backup")
	admin := owner(t, srv)
	if _, err := admin.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	srv.Admin("DELETE", "/admin/v1/users/bob", nil, nil)
	erased, err := admin.Erased(t.Context(), api.UserID{})
	if err != nil || len(erased) != 1 || erased[0].User != bob.User {
		t.Fatalf("%v, %v", erased, err)
	}
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	if err := os.WriteFile(list, append(api.Encode(erased[0]), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.Stop(); err != nil {
		t.Error(err)
	}

	again := servertest.Process(t, servertest.Options{Data: servertest.Restore(t, dir, list)})
	ada = again.Return("ada")
	texts := func() string {
		var all []byte
		for _, h := range ada.Conversations() {
			for _, e := range ada.Whole(h.Conversation).Entries {
				all = append(all, e.Body...)
			}
		}
		return string(all)
	}
	await(t, "bob's messages are tombstones", func() bool { return !strings.Contains(texts(), "bob's secret") })
	if !strings.Contains(texts(), "cyd stays") {
		t.Error(texts())
	}
	if status, problem := ada.HTTP("POST", "/v1/sessions", map[string]any{"handle": "bob", "password": servertest.Password("bob")}, nil); status != http.StatusUnauthorized {
		t.Errorf("bob signs in: %d, %v", status, problem)
	}
	after, err := owner(t, again).Erased(t.Context(), api.UserID{})
	if err != nil || len(after) != 1 || after[0].User != bob.User {
		t.Errorf("%v, %v", after, err)
	}
	await(t, "the handle is gone", func() bool {
		users, err := owner(t, again).Users(t.Context(), api.UserFilter{Text: "bob"}, "")
		return err == nil && !slices.ContainsFunc(users, func(u api.User) bool { return u.Handle == "bob" }) // what is drawn instead may hold it
	})
}

func ready(t *testing.T, url string) bool {
	resp, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// listener is a client with a stream that follows everything from the beginning.
type listener struct {
	t      *testing.T
	stream *stream.Stream
	out    *outbox.Outbox
	stop   func()
	ended  chan error

	mu     sync.Mutex
	texts  []string
	epochs []api.Epoch
}

func newListener(t *testing.T, url, token string, out *outbox.Outbox) *listener {
	t.Helper()
	c, err := client.New(client.Config{Server: url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t: t, out: out, ended: make(chan error, 1)}
	l.stream = stream.New(c, stream.Config{
		Outbox: out,
		Follow: func(api.Head, bool) (int64, bool) { return 0, true },
		Handle: l.handle,
	})
	ctx, cancel := context.WithCancel(t.Context())
	l.stop = cancel
	go func() { l.ended <- l.stream.Run(ctx) }()
	t.Cleanup(c.Close)
	return l
}

func (l *listener) handle(e stream.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case stream.Greeted:
		l.epochs = append(l.epochs, e.Epoch)
	case stream.Arrived:
		m, err := api.DecodeTolerant[api.MessageBody](e.Entry.Body)
		if err != nil {
			l.t.Error(err)
		}
		l.texts = append(l.texts, m.Text)
	}
}

func (l *listener) until(what string, yes func([]string, []api.Epoch) bool) {
	l.t.Helper()
	await(l.t, what, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return yes(l.texts, l.epochs)
	})
	if l.t.Failed() {
		l.t.Fatalf("%q", l.texts)
	}
}

func (l *listener) end() error {
	l.t.Helper()
	select {
	case err := <-l.ended:
		return err
	case <-time.After(time.Minute):
		l.t.Fatal("the stream goes on")
		return nil
	}
}
