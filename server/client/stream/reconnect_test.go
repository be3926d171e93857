package stream_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/clienttest"
	"github.com/chatctl/chatctl/server/client/stream"
)

// Promises, rule 12: 0–1 s, then doubling with full jitter to 30 s.
func TestReconnectsWaitLongerEachTimeWithJitter(t *testing.T) {
	bounds := []time.Duration{1, 2, 4, 8, 16, 30, 30, 30}
	longest := make([]time.Duration, len(bounds))
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			c, _ := clienttest.Serve(t, scripted(t))
			w := watch(t, c, stream.Config{})
			for i, bound := range bounds {
				st := next[stream.State](w)
				for st.Phase != stream.Offline {
					st = next[stream.State](w)
				}
				d := time.Until(st.Retry)
				if d > bound*time.Second {
					t.Errorf("try %d waits %v, more than %d s", i+1, d, bound)
				}
				var p *api.Problem
				if !errors.As(st.Err, &p) || p.Code != "starting" {
					t.Errorf("offline because of %v", st.Err)
				}
				longest[i] = max(longest[i], d)
			}
			w.end()
		})
	}
	for i, d := range longest {
		if d < bounds[i]*time.Second/4 {
			t.Errorf("try %d never waited more than %v of %d s", i+1, d, bounds[i])
		}
	}
}

func TestGoingAwaySaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var left time.Time
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			p.write(api.ServerFrame{Kind: api.FrameGoingAway, RetryAfterMS: 12_345})
			left = time.Now()
			p.close(api.CloseGoingAway)
		}, func(p *peer) {
			if d := time.Since(left); d != 12_345*time.Millisecond {
				t.Errorf("came back after %v", d)
			}
			p.attach()
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		for range 2 {
			for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
			}
		}
		w.end()
	})
}

func TestARefusedHandshakeIsTriedNoSoonerThanItsRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "100")
			http.Error(w, "busy", http.StatusServiceUnavailable)
		}))
		w := watch(t, c, stream.Config{})
		st := next[stream.State](w)
		for st.Phase != stream.Offline {
			st = next[stream.State](w)
		}
		if d := time.Until(st.Retry); d < 100*time.Second || d > 101*time.Second { // and a jitter
			t.Errorf("comes back after %v", d)
		}
		w.end()
	})
}

func TestCloseCodesSayWhetherToComeBack(t *testing.T) {
	for code, comesBack := range map[api.CloseCode]bool{
		api.CloseGoingAway: true, api.CloseTryAgain: true, api.CloseAuthTimeout: true, api.CloseStalled: true,
		api.CloseTooMany: true, api.CloseNormal: true, 4999: true,
		api.CloseSignIn: false, api.CloseForbidden: false, api.CloseProtocol: false, api.CloseBadText: false, api.CloseTooBig: false,
	} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var back atomic.Bool
				c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
					p.attach()
					p.close(code)
				}, func(p *peer) {
					back.Store(true)
					p.attach()
					p.stay()
				}))
				w := watch(t, c, stream.Config{})
				if comesBack {
					for range 2 {
						for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
						}
					}
					w.end()
					return
				}
				err := <-w.ended
				var closed *stream.ClosedError
				var p *api.Problem
				if signIn := errors.As(err, &p) && p.Code == "signed_out"; signIn != (code == api.CloseSignIn) {
					t.Errorf("ended with %v", err)
				}
				if code != api.CloseSignIn && (!errors.As(err, &closed) || closed.Code != code) {
					t.Errorf("ended with %v", err)
				}
				if back.Load() {
					t.Error("came back")
				}
			})
		})
	}
}

func TestARefusalOfTheHandshakeEndsTheStream(t *testing.T) {
	for _, code := range []string{"signed_out", "forbidden", "upgrade_required", "not_found"} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := clienttest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, api.NewProblem(code, "")) }))
				w := watch(t, c, stream.Config{})
				var p *api.Problem
				if err := <-w.ended; !errors.As(err, &p) || p.Code != code {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
}

func TestAServerOfAnotherKindEndsTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, http.NotFoundHandler())
		w := watch(t, c, stream.Config{})
		if err := <-w.ended; err == nil {
			t.Error("ended without an error")
		}
	})
}

func TestASilentConnectionIsDeadAfterAMinuteAndPingsAreLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := make(chan time.Time, 1)
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			reader := make(chan struct{})
			go func() { defer close(reader); p.stay() }()
			for range 10 {
				time.Sleep(api.PingEvery) // the bubble's clock
				if err := p.ws.Ping(t.Context()); err != nil {
					t.Errorf("ping: %v", err)
				}
			}
			silent <- time.Now()
			<-reader
		}, func(p *peer) {
			p.attach()
			p.stay()
		}))
		w := watch(t, c, stream.Config{})
		for st := next[stream.State](w); st.Phase != stream.Offline; st = next[stream.State](w) {
		}
		if d := time.Since(<-silent); d != api.SilentFor {
			t.Errorf("given up after %v", d)
		}
		for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
		}
		w.end()
	})
}

func TestAServerThatNeverBecomesLiveIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.write(api.ServerFrame{Kind: api.FrameHello, Epoch: api.Epoch{1}})
			left := make(chan struct{})
			go func() { defer close(left); p.stay() }()
			for tick := time.NewTicker(time.Second); ; {
				select {
				case <-left:
					return
				case <-tick.C:
					_ = p.ws.Ping(t.Context())
				}
			}
		}))
		w := watch(t, c, stream.Config{})
		began := time.Now()
		for st := next[stream.State](w); st.Phase != stream.Offline; st = next[stream.State](w) {
		}
		if d := time.Since(began); d > 61*time.Second {
			t.Errorf("left after %v", d)
		}
		w.end()
	})
}

// A server that does not answer the close handshake holds nobody up.
func TestLeavingDoesNotWaitForTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		c, _ := clienttest.Serve(t, scripted(t, func(p *peer) {
			p.attach()
			<-over // reads nothing
		}))
		w := watch(t, c, stream.Config{})
		for st := next[stream.State](w); st.Phase != stream.Live; st = next[stream.State](w) {
		}
		synctest.Wait()
		began := time.Now()
		w.end()
		if d := time.Since(began); d > 3*time.Second {
			t.Errorf("left after %v", d)
		}
		close(over)
	})
}
