// Package intake takes in what people ask for: it stamps actions with all that
// the chat service must know, counts them against their limits, puts them on the
// log, and hands a result to the request that waits for it.
//
// An action that Ask or Publish took is on the log (promise A1). Marks are kept
// here and written a little later. HTTP requests and streams are its callers;
// who they are, they have found out before. All methods may be called
// concurrently; New starts nothing.
package intake

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// FirstAttempt is from where on the attempts of requests are numbered. Those
// below are of streams, which number their own.
const FirstAttempt = 1 << 52

// Reader is what intake reads of the store.
type Reader interface {
	// LastSeqs is where conversations stand; unknown ones are left out.
	LastSeqs(ctx context.Context, cs []api.ConversationID) (map[api.ConversationID]int64, error)
}

// Config is what an Intake is made of.
type Config struct {
	Gateway    api.GatewayID // where results go
	Reader     Reader
	Accounts   *account.Service // finds the people whom an action names
	Limits     *limit.Limits
	Publish    func(ctx context.Context, topic string, recs []bus.Record) error
	Partitions int          // of actions.chat
	Admit      func() error // why new work is refused now (disk), or nil
	Tracer     Tracer       // nil: no traces
	Log        *slog.Logger
}

// Intake takes actions and marks in for one gateway.
type Intake struct {
	cfg      Config
	marks    *marks
	waiting  *waiting
	attempts atomic.Int64 // of requests
	accepted atomic.Uint64
	traced   traced

	released chan struct{} // closed: requests wait for nothing more
	once     sync.Once
}

// New makes an intake that does nothing before Run.
func New(cfg Config) *Intake {
	i := &Intake{cfg: cfg, waiting: newWaiting(), released: make(chan struct{})}
	i.traced.open = map[asked]string{}
	i.attempts.Store(FirstAttempt)
	i.marks = newMarks(i.publishMarks, cfg.Log)
	return i
}

// Run writes marks until ctx ends, and then those that wait.
func (i *Intake) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, i.Release)
	defer stop()
	return i.marks.run(ctx)
}

// Release lets go the requests that wait for a result; those that come later do not wait.
func (i *Intake) Release() { i.once.Do(func() { close(i.released) }) }

// Accepted is how many actions and marks are on the log (promise A1).
func (i *Intake) Accepted() uint64 { return i.accepted.Load() }

// KeyOf is what an account's requests count against: nothing, for one made for load tests.
func KeyOf(p session.Principal) limit.Key {
	if p.Exempt {
		return limit.Key{}
	}
	return limit.User(p.User)
}
