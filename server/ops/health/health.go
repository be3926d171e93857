// Package health answers whether this process serves (/livez) and whether work
// should be sent to it (/readyz).
//
// A live process is never told by this package to die: livez looks at nothing.
// Readiness is a list of named checks, run anew at each request, and ends for
// good when the process drains (promises, rule 13). All methods may be called
// concurrently; nothing runs between requests.
package health

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
)

// patience is what all checks of one request get together.
const patience = 2 * time.Second

// Check is one thing that must be well for the process to be ready. Fn returns
// what is wrong, in words that a stranger may read, and heeds its context.
type Check struct {
	Name string
	Fn   func(context.Context) error
	Note string // what to know although it is well; may be empty
}

// Health is the state of one process.
type Health struct {
	checks   []Check
	draining atomic.Bool
}

// New returns the health of a process that is ready when all checks pass.
func New(checks ...Check) *Health { return &Health{checks: checks} }

// SetDraining makes the process not ready from now on.
func (h *Health) SetDraining() { h.draining.Store(true) }

// Answer is the body of both routes.
type Answer struct {
	Status string   `json:"status"` // ok, failing or draining
	Checks []Result `json:"checks,omitempty"`
}

// Result is the outcome of one check.
type Result struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
	Note  string `json:"note,omitempty"`
}

// Livez answers 200 as long as the process serves requests.
func (h *Health) Livez() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, Answer{Status: "ok"})
	})
}

// Readyz answers 200 when every check passes, and 503 when one fails or the
// process drains. It lists each check, in the order given to New.
func (h *Health) Readyz() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, status := h.ask(r.Context())
		write(w, status, answer)
	})
}

// Ask is Readyz's answer.
func (h *Health) Ask(ctx context.Context) Answer {
	answer, _ := h.ask(ctx)
	return answer
}

func (h *Health) ask(ctx context.Context) (Answer, int) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	answer := Answer{Status: "ok", Checks: make([]Result, len(h.checks))}
	var all sync.WaitGroup
	for i, c := range h.checks {
		all.Go(func() {
			res := Result{Name: c.Name, OK: true, Note: c.Note}
			if err := c.Fn(ctx); err != nil {
				res.OK, res.Error = false, err.Error()
			}
			answer.Checks[i] = res
		})
	}
	all.Wait()
	status := http.StatusOK
	for _, res := range answer.Checks {
		if !res.OK {
			answer.Status, status = "failing", http.StatusServiceUnavailable
		}
	}
	if h.draining.Load() {
		answer.Status, status = "draining", http.StatusServiceUnavailable
	}
	return answer, status
}

func write(w http.ResponseWriter, status int, a Answer) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, a) // only the connection can fail, and then nobody reads
}
