package stream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/chatctl/chatctl/server/client/internal/call"
	"github.com/coder/websocket"
)

const (
	subprotocol  = "chatctl.v1"
	dialWithin   = 15 * time.Second
	attachWithin = 60 * time.Second
	writeWithin  = 10 * time.Second
	sendsASecond = 150
	atOnce       = 16 // actions, before what came meanwhile is taken
	pullWithin   = 10 * time.Second
	partWithin   = time.Second // for the close handshake
	maxFrame     = 1 << 20     // bytes of a server's frame: 200 heads have about 100 KiB
)

// ending is how a connection ended.
type ending struct {
	err     error
	final   bool          // coming back is no use
	lived   time.Duration // how long it was live
	instead time.Duration // the server's word on when to come back
	atLeast time.Duration // not before
}

// conn is one connection's life. Its fields are Run's goroutine's, heard aside.
type conn struct {
	s       *Stream
	ws      *websocket.Conn
	heard   atomic.Int64 // when anything was last heard, UnixNano
	began   time.Time
	live    time.Time     // since when; zero: still attaching
	retry   time.Duration // from going_away
	pull    *inbox.Pull   // under way
	pulled  time.Time     // since when
	pulls   int
	second  time.Time // in which sent actions were sent
	sent    int
	latest  api.ActionID // written last, and when
	wrote   time.Time
	lag     lag
	slow    call.Backoff // for actions that the server cannot take now
	helpers sync.WaitGroup
}

// connection dials, attaches and stays until the connection or ctx ends.
func (s *Stream) connection(ctx context.Context) (end ending) {
	k := &conn{s: s, began: time.Now(), lag: lag{every: s.cfg.Ping}}
	var resp *http.Response
	var err error
	if k.ws, resp, err = k.dial(ctx); err != nil {
		return refusedDial(resp, err, s.attached)
	}
	if k.ws.Subprotocol() != subprotocol {
		_ = k.ws.CloseNow()
		return ending{err: &ClosedError{Code: api.CloseProtocol, Reason: "it does not speak " + subprotocol}, final: true}
	}
	reading, cut := context.WithCancel(context.WithoutCancel(ctx)) // to cut it closes the socket
	ctx, cancel := context.WithCancel(ctx)
	frames, failed := make(chan api.ServerFrame), make(chan error, 1)
	k.helpers.Go(func() { failed <- k.read(reading, ctx.Done(), frames) })
	err = k.loop(ctx, frames, failed)
	k.part(reading, cut, ctx.Err() != nil)
	cancel()
	k.helpers.Wait()
	if !k.live.IsZero() {
		end.lived = time.Since(k.live)
	}
	return k.judge(err, end)
}

func (k *conn) dial(ctx context.Context) (*websocket.Conn, *http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	header := http.Header{}
	k.s.caller.Sign(header)
	k.hear()
	ws, resp, err := websocket.Dial(ctx, k.s.caller.Base+"/v1/stream", &websocket.DialOptions{
		HTTPClient: k.s.caller.HTTP, HTTPHeader: header, Subprotocols: []string{subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { k.hear(); return true },
	})
	if err != nil {
		return nil, resp, err
	}
	ws.SetReadLimit(maxFrame)
	return ws, resp, nil
}

func (k *conn) hear() { k.heard.Store(time.Now().UnixNano()) }

// read hands the server's frames on until the connection ends. A frame that
// cannot be read is passed over: if it mattered, a gap will show.
func (k *conn) read(ctx context.Context, over <-chan struct{}, frames chan<- api.ServerFrame) error {
	for {
		_, b, err := k.ws.Read(ctx)
		if err != nil {
			return err
		}
		k.hear()
		f, err := api.DecodeTolerant[api.ServerFrame](b)
		if err != nil {
			k.s.cfg.Log.DebugContext(ctx, "frame not understood", "err", err)
			continue
		}
		select {
		case frames <- f:
		case <-over:
			return context.Canceled
		}
	}
}

// loop is the connection at work: it takes what comes and does what is due.
func (k *conn) loop(ctx context.Context, frames <-chan api.ServerFrame, failed <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case err := <-failed:
			return err
		case f := <-frames:
			if err := k.frame(ctx, f, time.Now()); err != nil {
				return err
			}
		case <-k.s.wake:
		case <-timer.C:
		}
		now := time.Now()
		k.s.doPosted(now)
		if err := k.work(ctx, now); err != nil {
			return err
		}
		timer.Reset(max(time.Until(k.next(now)), time.Millisecond))
	}
}

// errSilent ends a connection on which not even pings came, errSlow one that does not become live.
var (
	errSilent = fmt.Errorf("nothing was heard for %v", api.SilentFor)
	errSlow   = fmt.Errorf("not attached within %v", attachWithin)
)

// work does what is due: expiry, actions, one pull, marks and hints.
func (k *conn) work(ctx context.Context, now time.Time) error {
	s := k.s
	if now.Sub(time.Unix(0, k.heard.Load())) >= api.SilentFor {
		return errSilent
	}
	s.expire(now)
	if k.live.IsZero() {
		if now.Sub(k.began) >= attachWithin {
			return errSlow
		}
		return nil
	}
	for _, a := range s.out.Due(now, min(k.quota(now), atOnce)) {
		k.sent++
		k.latest, k.wrote = a.ID, time.Now()
		if err := k.write(ctx, api.ClientFrame{Kind: api.FrameAction, Ref: a.ID.String(), Action: &a}); err != nil {
			return err
		}
	}
	if k.pull != nil && now.Sub(k.pulled) >= pullWithin {
		k.endPull(now)
	}
	if p, ok := s.in.Due(now); ok {
		k.pull, k.pulled = &p, now
		k.pulls++
		if err := k.write(ctx, api.ClientFrame{Kind: api.FramePull, Ref: k.pullRef(), Conversation: p.Conversation, After: p.After, To: p.To}); err != nil {
			return err
		}
	}
	rest := append(s.marks.due(now), s.hints.due(now)...)
	if ping, ok := k.lag.due(now); ok {
		rest = append(rest, ping)
	}
	for _, f := range rest {
		if err := k.write(ctx, f); err != nil {
			return err
		}
	}
	if n := s.in.Missing(); n > 0 {
		s.tellState(State{Phase: CatchingUp, Missing: n})
	} else {
		s.tellState(State{Phase: Live})
	}
	return nil
}

// quota is how many actions may still be sent in this second: after a long
// absence the outbox must not come all at once, which the server would refuse.
func (k *conn) quota(now time.Time) int {
	if now.Sub(k.second) >= time.Second {
		k.second, k.sent = now, 0
	}
	return sendsASecond - k.sent
}

// next is when work has something to do, if nothing comes before.
func (k *conn) next(now time.Time) time.Time {
	at := time.Unix(0, k.heard.Load()).Add(api.SilentFor)
	sooner := func(t time.Time, ok bool) {
		if ok && t.Before(at) {
			at = t
		}
	}
	if k.live.IsZero() {
		sooner(k.began.Add(attachWithin), true)
		return at
	}
	if due, ok := k.s.out.Next(); ok {
		if k.quota(now) == 0 {
			due = k.second.Add(time.Second)
		}
		sooner(due, true)
	}
	sooner(k.s.in.Next())
	sooner(k.s.marks.wait())
	sooner(k.lag.next())
	sooner(k.s.hints.ask, !k.s.hints.ask.IsZero())
	sooner(k.pulled.Add(pullWithin), k.pull != nil)
	return at
}

func (k *conn) pullRef() string { return "pull-" + strconv.Itoa(k.pulls) }

// endPull gives up on the pull under way: it is asked again later.
func (k *conn) endPull(now time.Time) {
	if k.pull != nil {
		k.s.in.Failed(k.pull.Conversation, now)
		k.pull = nil
	}
}

func (k *conn) write(ctx context.Context, f api.ClientFrame) error {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return k.ws.Write(ctx, websocket.MessageText, api.Encode(&f))
}

// part ends the connection; politely when it was our wish, and never for long.
func (k *conn) part(ctx context.Context, cut func(), wanted bool) {
	if wanted {
		t := time.AfterFunc(partWithin, cut) // Close alone may take 10 s
		defer t.Stop()
		k.lastMarks(ctx)
		_ = k.ws.Close(websocket.StatusNormalClosure, "")
	}
	cut()
	_ = k.ws.CloseNow()
}

// lastMarks says the marks that wait for their second.
func (k *conn) lastMarks(ctx context.Context) {
	if k.live.IsZero() {
		return
	}
	k.s.doPosted(time.Now())
	k.s.marks.next = time.Time{}
	for _, f := range k.s.marks.due(time.Now()) {
		if k.write(ctx, f) != nil {
			return
		}
	}
}

// judge decides what the end of a connection means: the close codes are a closed
// list, and an unknown one means to try again.
func (k *conn) judge(err error, end ending) ending {
	end.err, end.instead = err, k.retry
	var closed websocket.CloseError
	if !errors.As(err, &closed) {
		return end
	}
	switch code := api.CloseCode(closed.Code); code {
	case api.CloseSignIn:
		end.err, end.final = api.NewProblem("signed_out", "the session has ended; sign in again"), true
	case api.CloseForbidden, api.CloseProtocol, api.CloseBadText, api.CloseTooBig:
		end.err, end.final = &ClosedError{Code: code, Reason: closed.Reason}, true
	}
	return end
}

// refusedDial decides what a handshake that did not succeed means. Once a server
// has been there, an answer that is not chatctl's is a proxy's and will pass.
func refusedDial(resp *http.Response, err error, before bool) ending {
	if resp == nil || resp.Body == nil {
		return ending{err: call.Unreachable(err)}
	}
	body := make([]byte, 1024) // websocket.Dial keeps no more
	n, _ := resp.Body.Read(body)
	p := call.Refusal(resp, body[:n])
	if p == nil { // a page of somebody else's
		return ending{err: fmt.Errorf("%w: %w", client.ErrForeign, err), final: !before}
	}
	later := p.Status >= 500 || p.Status == http.StatusTooManyRequests || p.Status == http.StatusRequestTimeout
	return ending{err: p, final: !later && (p.Code != "" || !before), atLeast: time.Duration(p.RetryAfter) * time.Second}
}
