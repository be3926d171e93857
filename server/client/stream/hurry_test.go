package stream_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/stream"
)

// waits is how long until the next try, as told after a refused handshake and
// after a hurry a moment later.
func waits(t *testing.T, w *watcher) (before, after time.Duration) {
	t.Helper()
	var st stream.State
	for st = next[stream.State](w); st.Phase != stream.Offline || time.Until(st.Retry) <= time.Second; st = next[stream.State](w) {
	}
	before = time.Until(st.Retry)
	w.Hurry()
	if st = next[stream.State](w); st.Phase == stream.Offline {
		after = time.Until(st.Retry)
	}
	return before, after
}

func TestSomebodysHurryEndsTheWaitAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, api.NewProblem("starting", "")) }))
		w := watch(t, c, stream.Config{})
		if before, after := waits(t, w); after <= 0 || after > time.Second {
			t.Errorf("after %v the next try comes in %v", before, after)
		}
		if st := next[stream.State](w); st.Phase != stream.Connecting {
			t.Errorf("it went on with %+v", st)
		}
		w.end()
	})
}

func TestNobodysHurryEndsTheWaitThatTheServerAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, api.NewProblem("starting", "").Later(100))
		}))
		w := watch(t, c, stream.Config{})
		began := time.Now()
		waits(t, w)
		for st := next[stream.State](w); st.Phase != stream.Connecting; st = next[stream.State](w) {
		}
		if d := time.Since(began); d < 100*time.Second || d > 101*time.Second {
			t.Errorf("it came back after %v", d)
		}
		w.end()
	})
}
