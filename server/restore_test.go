package server_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/backup"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/server/store"
)

// TestClientsGoOnWithARestoredServer backs a server up while people talk and it
// is killed, puts a restored one in its place without a word, and lets the same
// people go on, with what they had still to send: what had been answered when
// the backup began is there, nothing is there twice, and the promises hold on.
func TestClientsGoOnWithARestoredServer(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{LoseLive: 97})
	s := story{people: 24, groups: 4, actions: 60, kills: 2, every: 1500 * time.Millisecond, erased: 2, suspended: 2}
	c := s.gather(srv)
	dir := filepath.Join(t.TempDir(), "backup")
	var began time.Duration
	var backing sync.WaitGroup
	backing.Go(func() {
		await(t, "half of the actions", func() bool { return srv.History.Answered() > s.people*s.actions/2 })
		await(t, "a backup, whatever is killed meanwhile", func() bool {
			began = srv.History.Now()
			_, err := owner(t, srv).Backup(t.Context(), dir)
			if err != nil { // the kill may have taken its answer alone, and the place is not given twice
				_, err = backup.Check(t.Context(), dir)
			}
			return err == nil
		})
	})
	if !s.perform(t, srv, c) {
		t.Error("not every action was answered in time")
	}
	backing.Wait()
	if t.Failed() {
		return
	}
	again := replaced(t, srv, dir, began)
	c = returned(t, again, c)

	s.besides = sentAgain(t, again, c)
	s.actions, s.erased = 40, 1
	if !s.perform(t, again, c) {
		t.Error("not every action was answered in time")
	}
	again.Calm()
	again.Holds()
	wantHappened(t, again, api.MessageSent, api.MessageEdited, api.MessageGone, api.BlockSet, api.Refused) // of what is rarer not all in so short a story
}

// replaced kills a server and starts a restored one at its address. Who was
// erased before that is in the list that is kept beside the backup.
func replaced(t *testing.T, srv *servertest.Server, dir string, began time.Duration) *servertest.Server {
	t.Helper()
	var erased []byte
	users, err := owner(t, srv).Erased(t.Context(), api.UserID{})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		erased = append(append(erased, api.Encode(u)...), '\n')
	}
	list := filepath.Join(t.TempDir(), "erased.jsonl")
	if err := os.WriteFile(list, erased, 0o600); err != nil {
		t.Fatal(err)
	}
	srv.Kill()
	again := servertest.Process(t, servertest.Options{Data: servertest.Restore(t, dir, list), Listen: srv.Options().Listen, LoseLive: srv.Options().LoseLive})
	again.History = srv.History.Restored(began)
	return again
}

// returned is a cast on another server: those who are left. Who was suspended when
// the backup was made is so again.
func returned(t *testing.T, srv *servertest.Server, c cast) (again cast) {
	for _, p := range c.people {
		if !srv.History.IsErased(p.Handle) {
			srv.Resume(t.Context(), p.Handle)
			again.people = append(again.people, srv.Return(p.Handle))
		}
	}
	for _, g := range c.groups {
		again.groups = append(again.groups, group{srv.Person(g.owner.Handle), g.members, g.conv})
	}
	return again
}

// sentAgain lets people send some of what the restored server may not know of.
func sentAgain(t *testing.T, srv *servertest.Server, c cast) *sync.WaitGroup {
	t.Helper()
	r := rand.New(rand.NewPCG(5, 5))
	var busy sync.WaitGroup
	for _, x := range slices.Clone(srv.History.Asked) {
		i := slices.IndexFunc(c.people, func(p *servertest.Person) bool { return p.Handle == x.Person })
		if x.Answered != 0 || i < 0 || r.IntN(3) != 0 {
			continue
		}
		busy.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			if c.people[i].Do(ctx, x.Action); ctx.Err() != nil && !srv.History.IsErased(x.Person) {
				t.Errorf("%s of %s, sent again, was not answered", x.Action.ID, x.Person)
			}
		})
	}
	return &busy
}

// TestTheCheckerNoticesAnEpochThatIsKept: a restored store under the epoch of
// the one before would be taken for it by every client.
func TestTheCheckerNoticesAnEpochThatIsKept(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	p := srv.People("ada", "bob")
	talk(p, 2)
	epoch := p[0].Connect().Kind(api.FrameHello).Epoch
	dir := filepath.Join(t.TempDir(), "backup")
	began := srv.History.Now()
	if _, err := owner(t, srv).Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	again := replaced(t, srv, dir, began)
	again.Return("ada").Connect()
	again.Return("bob")
	again.Calm()
	again.Holds()

	again.Kill()
	db, err := store.OpenSQLite(t.Context(), filepath.Join(again.Data(), "chat.db"), store.SQLiteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	err = db.InTx(t.Context(), func(tx store.Tx) error {
		_, err := tx.Exec(`UPDATE meta SET value = $1 WHERE key = 'epoch'`, epoch[:])
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	restart(t, again)
	again.Person("ada").Connect()
	again.Calm()
	wantBroken(t, again, []string{"epoch"})
}

// TestTheCheckerNoticesABackupThatLacksWhatWasAnswered: it is told of a backup
// that began later than it did.
func TestTheCheckerNoticesABackupThatLacksWhatWasAnswered(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{})
	p := srv.People("ada", "bob")
	talk(p, 2)
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := owner(t, srv).Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	talk(p, 1)
	again := replaced(t, srv, dir, srv.History.Now())
	again.Return("ada")
	again.Return("bob")
	again.Calm()
	wantBroken(t, again, []string{"A1"})
}
