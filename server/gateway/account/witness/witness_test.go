package witness_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/witness"
	"github.com/chatctl/chatctl/server/store"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestWhatWasSeenNeverGoesBack(t *testing.T) {
	s := accounttest.New(t)
	place := func(logID string, pos int64) []witness.Place {
		return []witness.Place{{Topic: "accounts", LogID: "b", Pos: 3}, {Topic: "actions.chat", LogID: logID, Pos: pos}}
	}
	for _, c := range []struct {
		what       string
		keep, want []witness.Place
	}{
		{"the first", place("a", 7), place("a", 7)},
		{"more", place("a", 9), place("a", 9)},
		{"what another gateway saw before", place("a", 8), place("a", 9)},
		{"a log made anew", place("c", 1), place("c", 1)},
	} {
		s.Must(witness.Keep(t.Context(), s.DB, c.keep))
		seen(s, c.what, c.want)
	}
	s.Tx(witness.Forget)
	seen(s, "what is forgotten", nil)
}

// A backup copies chat first: what the accounts saw may lie behind its copy.
func TestARestoredDatabaseHasSeenNothing(t *testing.T) {
	s := accounttest.New(t)
	s.Must(witness.Keep(t.Context(), s.DB, []witness.Place{{Topic: "actions.chat", LogID: "a", Pos: 4}}))
	s.Must(account.New(account.Config{DB: s.DB, Mail: s.Mail, Log: accounttest.Log}).Renew(t.Context(), "yesterday", nil))
	seen(s, "what is restored", nil)
}

// What fails is no end of the gateway, and is noted by the next look.
func TestALookThatFailsIsMadeUpFor(t *testing.T) {
	s := accounttest.New(t)
	now, failure := []witness.Place{{Topic: "actions.chat", LogID: "a", Pos: 4}}, error(nil)
	w := witness.NewWatcher(s.DB, accounttest.Log, func(context.Context) ([]witness.Place, error) { return now, failure })
	s.Must(w.Look(t.Context()))
	seen(s, "the first look", now)
	now = []witness.Place{{Topic: "actions.chat", LogID: "a", Pos: 5}}
	failure = errors.New("the database is locked")
	s.Must(w.Look(t.Context()))
	failure = nil
	s.Must(w.Look(t.Context()))
	seen(s, "the look after one that failed", now)
	if failure = store.ErrBroken; !errors.Is(w.Look(t.Context()), store.ErrBroken) {
		t.Error("a broken database is no error")
	}
}

// A server that stops waits for no database that is stuck, and stops well.
func TestALookAtAStuckDatabaseEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := accounttest.New(t)
		release, stuck := make(chan struct{}), make(chan error, 1)
		go func() { stuck <- s.DB.InTx(t.Context(), func(store.Tx) error { <-release; return nil }) }()
		synctest.Wait()
		var log strings.Builder
		w := witness.NewWatcher(s.DB, slog.New(slog.NewTextHandler(&log, nil)), func(context.Context) ([]witness.Place, error) {
			return []witness.Place{{Topic: "actions.chat", LogID: "a", Pos: 4}}, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s.Must(w.Look(ctx))
		if !strings.Contains(log.String(), "not noted") {
			t.Errorf("the log says %q", log.String())
		}
		close(release)
		s.Must(<-stuck)
		seen(s, "what was not noted", nil)
	})
}

func seen(s *accounttest.Stage, what string, want []witness.Place) {
	s.T.Helper()
	got, err := witness.Read(s.T.Context(), s.DB)
	if s.Must(err); !slices.Equal(got, want) {
		s.T.Errorf("%s: seen is %v, want %v", what, got, want)
	}
}
