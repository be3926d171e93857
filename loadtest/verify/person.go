package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/history"
)

// again is when an action without an answer is sent once more. Clients wait
// longer (10 s); here a run is short.
const again = 3 * time.Second

// soon is the pause before a connection or a request is tried again.
const soon = 50 * time.Millisecond

// person is one of the people: it records all it asks for and sees.
type person struct {
	stage   *stage
	handle  string
	token   string
	session api.SessionID
	http    *client.Client
	rand    *rand.Rand // the player's alone

	mu      sync.Mutex
	open    map[api.ActionID]*waiting // actions without an answer
	socket  *socket                   // nil: not connected
	sockets int
	drops   int
	gone    atomic.Bool // erased: nothing it asks for is answered any more
	trouble []string
}

// waiting is an action that is not answered yet.
type waiting struct {
	asked *history.Asked
	done  chan struct{} // closed with the first result, rejection or conflict
	once  sync.Once
}

func newPerson(s *stage, c api.Credential, r *rand.Rand) *person {
	return &person{stage: s, handle: c.Handle, token: c.Token, http: s.client.As(c.Token), rand: r, open: map[api.ActionID]*waiting{}}
}

// meet learns which session the token is of.
func (p *person) meet(ctx context.Context) error {
	all, err := p.http.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.Current {
			p.session = one.Session
			return nil
		}
	}
	return fmt.Errorf("@%s has no session", p.handle)
}

// do asks for an action over the socket, again after each lost connection and
// when no answer comes, until it has an outcome, is refused for good, the person
// is erased, or ctx ends.
func (p *person) do(ctx context.Context, a api.Action) *history.Asked {
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	w := &waiting{asked: p.stage.told.Ask(p.handle, p.session, a), done: make(chan struct{})}
	p.mu.Lock()
	p.open[a.ID] = w
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.open, a.ID)
		p.mu.Unlock()
	}()
	for !p.gone.Load() {
		wait := soon
		if s := p.connected(); s != nil && s.send(ctx, api.ClientFrame{Kind: api.FrameAction, Action: &a}) == nil {
			wait = again
		}
		t := time.NewTimer(wait)
		select {
		case <-w.done:
			t.Stop()
			return w.asked
		case <-ctx.Done():
			t.Stop()
			p.wrong("%s has no answer when time is up; %s", a.ID, p.standing())
			return w.asked
		case <-t.C:
		}
	}
	return w.asked
}

// standing tells how the person is connected.
func (p *person) standing() string {
	s := p.connected()
	if s == nil {
		return "not connected"
	}
	return fmt.Sprintf("connection %d, whose last frame was %v", s.number, s.last.Load())
}

func (p *person) connected() *socket {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.socket
}

func (p *person) waitingFor(id api.ActionID) *waiting {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open[id]
}

// stay keeps the person connected until ctx ends, whatever becomes of the server.
func (p *person) stay(ctx context.Context) {
	for ctx.Err() == nil && !p.gone.Load() {
		s, err := p.dial(ctx)
		if err != nil {
			pause(ctx, soon)
			continue
		}
		p.mu.Lock()
		p.socket = s
		p.mu.Unlock()
		s.read(ctx)
		p.mu.Lock()
		p.socket = nil
		p.mu.Unlock()
	}
}

// drop cuts the connection, as a bad network does.
func (p *person) drop() {
	if s := p.connected(); s != nil {
		s.close()
		p.drops++
	}
}

// erase ends the account: none of its words may be read any more.
func (p *person) erase(ctx context.Context) {
	if p.insist(ctx, func() error { return p.http.Erase(ctx, "") }) {
		p.gone.Store(true)
		p.stage.told.Erase(p.handle)
	}
}

// watchHeads reads the heads again and again, so that marks that go back are seen.
func (p *person) watchHeads(ctx context.Context) {
	for pause(ctx, 300*time.Millisecond) {
		heads, err := p.http.Conversations(ctx)
		if err != nil {
			continue // the server is away
		}
		for _, h := range heads {
			p.stage.told.Head(p.handle, h)
		}
	}
}

// insist asks until the server answers with success or a problem that another
// try would not change. It reports whether it was success.
func (p *person) insist(ctx context.Context, ask func() error) bool {
	for {
		err := ask()
		var problem *api.Problem
		switch {
		case err == nil:
			return true
		case errors.As(err, &problem) && problem.Status < 500 && problem.Status != 429:
			return false
		case !pause(ctx, soon):
			return false
		}
	}
}

// wrong notes what no server should do and no promise speaks of.
func (p *person) wrong(how string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.trouble) < 10 {
		p.trouble = append(p.trouble, "@"+p.handle+": "+fmt.Sprintf(how, args...))
	}
}

// pause waits; false: ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
