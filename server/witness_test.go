package server_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	chatcontent "github.com/chatctl/chatctl/server/chat/content"
	"github.com/chatctl/chatctl/server/gateway/account/witness"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/chatctl/chatctl/server/store"
)

// whole is all that chat has: a copy of it goes with itself.
var whole = []string{"chat.db", "chat.db-wal", "chat.db-shm", "jetstream"}

// TestAnOlderStoreWithItsLogIsRefused puts an old copy of chat's database and
// its log back under the accounts of later: what was acknowledged in between is
// nowhere, and only the accounts know of it.
func TestAnOlderStoreWithItsLogIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		restored bool
		look     int
		end      func(t *testing.T, srv *servertest.Server)
	}{
		"stopped":                   {end: stop},
		"stopped, of a backup":      {end: stop, restored: true},
		"killed, and started again": {end: func(t *testing.T, srv *servertest.Server) { srv.Kill(); restart(t, srv); srv.Kill() }},
		"killed while it ran":       {look: 1, end: func(t *testing.T, srv *servertest.Server) { awaitSeen(t, srv.Data()); srv.Kill() }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := servertest.Process(t, servertest.Options{LookEvery: c.look})
			p := srv.People("ada", "bob")
			talk(p, 3)
			if c.restored {
				srv = ofABackup(t, srv)
				p = []*servertest.Person{srv.Return("ada"), srv.Return("bob")}
				talk(p, 3)
			}
			epoch := p[0].Connect().Kind(api.FrameHello).Epoch
			srv.Kill()
			older := copied(t, srv.Data(), whole)
			restart(t, srv)
			talk(p, 3)
			c.end(t, srv)

			newer := copied(t, srv.Data(), whole)
			exchange(t, srv.Data(), copied(t, older, whole))
			refused(t, srv)
			exchange(t, srv.Data(), newer) // and the refusal has harmed nothing
			restart(t, srv)
			talk(p, 1)
			srv.Kill()

			exchange(t, srv.Data(), older)
			refused(t, srv)
			acceptLoss(t, srv.Data())
			restart(t, srv)
			if again := p[0].Connect().Kind(api.FrameHello).Epoch; again == epoch {
				t.Error("clients would not start from the heads: the epoch is the same")
			}
			talk(p, 3)
			srv.Kill()
			if err := checked(t, srv.Data()); err != nil {
				t.Errorf("doctor refuses what starts: %v", err)
			}
			restart(t, srv)
			talk(p, 1)
		})
	}
}

// refused checks that a start is refused for the older store, and that doctor says the same.
func refused(t *testing.T, srv *servertest.Server) {
	t.Helper()
	told, err := checked(t, srv.Data()), srv.Restart()
	if err == nil || told == nil || !strings.Contains(err.Error(), told.Error()) {
		t.Errorf("doctor says %v and the start %v", told, err)
	}
	for _, says := range []string{"chat's database", "is older than the accounts' database", "of the same copy", "backup restore", "--accept-log-loss"} {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Fatalf("the start was not refused with %q: %v", says, err)
		}
	}
}

// exchange puts another copy of all that chat has into a data directory.
func exchange(t *testing.T, data, aside string) {
	t.Helper()
	for _, name := range whole {
		remove(t, filepath.Join(data, name))
	}
	restore(t, aside, data)
}

func stop(t *testing.T, srv *servertest.Server) {
	t.Helper()
	if err := srv.Stop(); err != nil {
		t.Fatal(err)
	}
}

// ofABackup is a server that was restored from a backup of another.
func ofABackup(t *testing.T, srv *servertest.Server) *servertest.Server {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "backup")
	if _, err := owner(t, srv).Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	srv.Kill()
	return servertest.Process(t, servertest.Options{Data: servertest.Restore(t, dir)})
}

// awaitSeen waits until the accounts of a server that runs have seen all that chat has decided.
func awaitSeen(t *testing.T, data string) {
	t.Helper()
	chat, accounts := database(t, data, 0), database(t, data, 1)
	await(t, "the accounts to see how far chat is", func() bool {
		decided := decided(t, chat)
		seen, err := witness.Read(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range seen {
			if decided[p.Topic] != p.Pos {
				return false
			}
		}
		return len(seen) == len(decided)
	})
	for _, db := range []store.DB{chat, accounts} {
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// decided tells by topic up to where chat has decided.
func decided(t *testing.T, chat store.DB) map[string]int64 {
	t.Helper()
	positions, err := chatcontent.Positions(t.Context(), chat)
	if err != nil {
		t.Fatal(err)
	}
	decided := map[string]int64{}
	for _, p := range positions {
		decided[p.Topic] = p.Pos
	}
	return decided
}

// TestAServerThatIsKilledNeverRefusesItself kills a server at any moment, while
// people write and the accounts look all the time how far chat is.
func TestAServerThatIsKilledNeverRefusesItself(t *testing.T) {
	srv := servertest.Process(t, servertest.Options{LookEvery: 1})
	p := srv.People("ada", "bob")
	for range 20 {
		var sending sync.WaitGroup
		for range 4 {
			sending.Go(func() {
				for status := 202; status == 202; {
					status, _ = p[0].HTTP("POST", "/v1/direct/bob/messages", map[string]any{"text": "hello"}, nil)
				}
			})
		}
		<-time.NewTimer(time.Duration(rand.IntN(300)) * time.Millisecond).C
		srv.Kill()
		sending.Wait()
		if err := checked(t, srv.Data()); err != nil {
			t.Fatal(err)
		}
		restart(t, srv)
	}
	talk(p, 1)
}
