// Package record has people act on a server, and records in a history
// (server/history) what they ask for and see.
//
// They speak the wire themselves, without a client's algorithm, so that what the
// server does is recorded as it is: a fault that it shared with the clients
// (server/client) would hide from a checker that used them. What server it is,
// how it ends and starts again, and who does what is for others to say.
//
// All methods may be called concurrently. An error or a Problem is for the
// caller; what no server should do, whatever was asked, goes to Trouble.
package record

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
)

const (
	again = 3 * time.Second       // an action without an answer is sent once more; clients wait 10 s
	soon  = 50 * time.Millisecond // before a connection or a request is tried once more
)

// Recorder is the server on which people act, and where what comes of it goes.
type Recorder struct {
	URL     func() string // where the server is now
	HTTP    *http.Client
	History *history.History
	Trouble func(what string)  // is told what no server should do and no promise speaks of
	OnFrame func(frame []byte) // is shown each frame that a person receives; nil: nobody is

	Proxied     bool // an answer 502 to 504 may be of somebody in front of the server
	WantAnswers bool // an action without an answer when its time is up is trouble
}

// Person is a signed-in client of a server.
type Person struct {
	Handle  string
	Token   string
	Session api.SessionID

	Recorder *Recorder // set once

	lives atomic.Int64

	mu     sync.Mutex
	open   map[api.ActionID]*waiting // actions without an answer
	socket *Socket                   // nil: not connected
}

// waiting is an action that is not answered yet.
type waiting struct {
	asked *history.Asked
	done  chan struct{} // closed with the first result, rejection or conflict
	once  sync.Once
}

func (w *waiting) end() { w.once.Do(func() { close(w.done) }) }

// Person makes a person who acts with the token of a session.
func (r *Recorder) Person(handle, token string, session api.SessionID) *Person {
	return &Person{Handle: handle, Token: token, Session: session, Recorder: r, open: map[api.ActionID]*waiting{}}
}

// ask records an action that is asked for from now on.
func (p *Person) ask(a api.Action) *history.Asked {
	if a.ID.IsZero() {
		a.ID = api.NewActionID()
	}
	return p.Recorder.History.Ask(p.Handle, p.Session, a)
}

// Do asks for an action over the socket, again after each lost connection and
// when no answer comes, until it has an outcome, is refused for good, the person
// is erased, or ctx ends. Nothing is recorded of it any more once Do has returned.
func (p *Person) Do(ctx context.Context, a api.Action) *history.Asked {
	w := &waiting{asked: p.ask(a), done: make(chan struct{})}
	a = w.asked.Action
	p.mu.Lock()
	p.open[a.ID] = w
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		delete(p.open, a.ID)
		p.mu.Unlock()
	}()
	for !p.Recorder.History.IsErased(p.Handle) {
		wait := soon
		if s := p.connected(); s != nil && s.Send(ctx, api.ClientFrame{Kind: api.FrameAction, Action: &a}) == nil {
			wait = again
		}
		select {
		case <-w.done:
			return w.asked
		case <-time.After(wait):
		case <-ctx.Done():
			if p.Recorder.WantAnswers {
				p.trouble("%s has no answer when time is up; %s", a.ID, p.standing())
			}
			return w.asked
		}
	}
	return w.asked
}

// told hands what came for an action to whoever waits for it.
func (p *Person) told(id api.ActionID, record func(*waiting)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.open[id]; w != nil {
		record(w)
	}
}

// Until asks again and again, and reports false when ctx ended before it was so.
func Until(ctx context.Context, so func() bool) bool {
	for !so() {
		select {
		case <-time.After(soon):
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (p *Person) trouble(how string, args ...any) {
	p.Recorder.Trouble("@" + p.Handle + ": " + fmt.Sprintf(how, args...))
}
