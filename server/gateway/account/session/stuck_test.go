package session_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/gateway/account/accounttest"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

func TestADatabaseThatIsStuckEndsAServerWithAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		in := w.begin()
		w.Clock.Advance(time.Hour)
		a := session.New(w.DB, w.Standings(), accounttest.Log, w.Clock.Now)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		w.Must(accounttest.Second(a.Authenticate(t.Context(), in.Token))) // a use to be written down
		release, stuck := make(chan struct{}), make(chan error, 1)
		go func() { stuck <- w.DB.InTx(t.Context(), func(store.Tx) error { <-release; return nil }) }()
		synctest.Wait()
		cancel()
		time.Sleep(10 * time.Second)
		select {
		case err := <-ended:
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("it ends with %v", err)
			}
		default:
			t.Error("it waits for the database")
		}
		close(release)
		w.Must(<-stuck)
	})
}
