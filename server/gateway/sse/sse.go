// Package sse gives a stream to clients that only listen, as Server-Sent Events
// (WHATWG HTML, 9.2).
//
// It opens a WebSocket within this process, attaches it, and turns each of its
// frames into an event. So all that holds for a WebSocket holds here: the bounded
// queue, what becomes of a slow reader, limits, the end of a session, going away.
// A listener costs two goroutines and two copies more than a WebSocket does. It
// leaves to its caller who may open a stream.
package sse

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
)

const (
	stall     = 10 * time.Second // without progress of a write: the end (promises, rule 11)
	stepBytes = 16 << 10
)

// Events are one listener's.
type Events struct {
	ws  *websocket.Conn
	out *output
}

// Open opens a stream by calling open with a request for an upgrade that stands
// for r, and attaches it. The error is open's, if it had one. Serve must be
// called after it.
func Open(w http.ResponseWriter, r *http.Request, open func(http.ResponseWriter, *http.Request) error) (*Events, error) {
	e := &Events{out: &output{w: w, rc: http.NewResponseController(w)}}
	header := http.Header{}
	if origin := r.Header.Get("Origin"); origin != "" {
		header.Set("Origin", origin)
	}
	ws, _, err := websocket.Dial(r.Context(), "ws://stream"+r.URL.Path, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: within(open)}, HTTPHeader: header, Host: r.Host, Subprotocols: []string{"chatctl.v1"},
		OnPingReceived: func(context.Context, []byte) bool { return e.out.comment() == nil },
	})
	if err != nil {
		return nil, fmt.Errorf("opening a stream to listen to: %w", err)
	}
	ws.SetReadLimit(-1) // it is our own server that writes
	e.ws = ws
	return e, nil
}

// Serve writes events until the stream ends, the client is gone, or ctx ends.
func (e *Events) Serve(ctx context.Context) {
	defer func() { _ = e.ws.CloseNow() }()
	if e.ws.Write(ctx, websocket.MessageText, api.Encode(&api.ClientFrame{Kind: api.FrameAttach})) != nil || e.out.begin() != nil {
		return
	}
	for {
		_, frame, err := e.ws.Read(ctx)
		if err != nil {
			var closed websocket.CloseError
			if errors.As(err, &closed) {
				_ = e.out.closed(closed) // the last one: whether it arrives changes nothing
			}
			return
		}
		if e.out.frame(frame) != nil {
			return
		}
	}
}

// output is the response. Only the goroutine that reads the stream writes to it.
type output struct {
	w  http.ResponseWriter
	rc *http.ResponseController
	b  []byte
}

// begin sends the header. From here on the request's own time-outs do not count.
func (o *output) begin() error {
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // proxies that would wait for more to come
	_ = o.rc.SetReadDeadline(time.Time{})
	o.w.WriteHeader(http.StatusOK)
	return o.comment()
}

// comment keeps the connection, and proxies on its way, awake.
func (o *output) comment() error { return o.write([]byte(":\n\n")) }

// frame is one event; JSON on the wire has no line breaks.
func (o *output) frame(frame []byte) error {
	o.b = o.b[:0]
	if bytes.HasPrefix(frame, []byte(`{"kind":"going_away"`)) {
		if f, err := api.DecodeTolerant[api.ServerFrame](frame); err == nil {
			o.b = fmt.Appendf(o.b, "retry: %d\n", f.RetryAfterMS)
		}
	}
	o.b = append(append(append(o.b, "data: "...), frame...), "\n\n"...)
	return o.write(o.b)
}

// closed tells why the stream ends, with the close code of a WebSocket.
func (o *output) closed(c websocket.CloseError) error {
	return o.write(fmt.Appendf(nil, "event: close\ndata: %s\n\n", api.Encode(struct {
		Code   int    `json:"code"`
		Reason string `json:"reason"`
	}{int(c.Code), c.Reason})))
}

func (o *output) write(b []byte) error {
	for len(b) > 0 {
		if err := o.rc.SetWriteDeadline(time.Now().Add(stall)); err != nil {
			return err
		}
		n, err := o.w.Write(b[:min(len(b), stepBytes)])
		if err != nil {
			return err
		}
		b = b[n:]
		if err := o.rc.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// within is the way to a server in this process: the handshake is a call, the connection a pipe.
type within func(http.ResponseWriter, *http.Request) error

// RoundTrip implements http.RoundTripper.
func (open within) RoundTrip(r *http.Request) (*http.Response, error) {
	w := &upgrade{header: http.Header{}}
	if err := open(w, r); err != nil {
		return nil, err
	}
	if w.ours == nil {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: w.status, Header: w.header, Body: w.ours, Request: r}, nil
}

// upgrade is the response to a request for an upgrade, and the connection after it.
type upgrade struct {
	header http.Header
	status int
	ours   net.Conn
}

func (u *upgrade) Header() http.Header         { return u.header }
func (u *upgrade) WriteHeader(status int)      { u.status = status }
func (u *upgrade) Write(p []byte) (int, error) { return len(p), nil }

// Hijack implements http.Hijacker.
func (u *upgrade) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	ours, theirs := net.Pipe()
	u.ours = ours
	return theirs, bufio.NewReadWriter(bufio.NewReaderSize(theirs, 16), bufio.NewWriterSize(theirs, 16)), nil
}
