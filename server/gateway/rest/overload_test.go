package rest_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/chatctl/chatctl/server/bus/jetstream"
	"github.com/chatctl/chatctl/server/gateway/rest"
	"github.com/chatctl/chatctl/server/gateway/stream"
)

// TestACrowdOfHandshakesIsToldToComeBackOneAfterTheOther: what a gateway sends
// away at one moment does not return at one, either (promises, rule 12). No token
// is looked up for it: there are no accounts here.
func TestACrowdOfHandshakesIsToldToComeBackOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // all at one moment
		streams := stream.New(stream.Config{Live: jetstream.NewLive(), Log: slog.New(slog.DiscardHandler)})
		for leave, _ := streams.Enter(); leave != nil; leave, _ = streams.Enter() {
			defer leave() // which handshakes under way do later
		}
		gateway := rest.New(rest.Config{Streams: streams, Log: slog.New(slog.DiscardHandler)}).Handler()
		const crowd, seconds = 3000, 6
		each := map[int]int{} // by Retry-After
		for range crowd {
			r := httptest.NewRequest(http.MethodGet, "/v1/stream", nil)
			r.Header.Set("Authorization", "Bearer chatctl_test")
			w := httptest.NewRecorder()
			gateway.ServeHTTP(w, r)
			after, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if w.Code != http.StatusServiceUnavailable || err != nil {
				t.Fatalf("status %d, %v: %s", w.Code, err, w.Body)
			}
			each[after]++
		}
		for s := 1; s <= seconds; s++ {
			if n := each[s]; n < crowd/seconds-5 || n > crowd/seconds+5 {
				t.Errorf("%d of %d are to come back after %d s", n, crowd, s)
			}
		}
	})
}
