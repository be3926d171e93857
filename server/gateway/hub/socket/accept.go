package socket

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/coder/websocket"
)

// Accept upgrades a request to a WebSocket with the subprotocol chatctl.v1 and
// makes c, which is zero, its connection. origins are patterns of browser origins
// that are allowed besides the server's own host (path.Match). An error that is
// *Refused is to be answered by the caller; after any other the socket is gone.
// Without an error Finish must be called, once, after Read or instead of it.
func (s *Set) Accept(c *Conn, owner Owner, w http.ResponseWriter, r *http.Request, origins []string) error {
	s.begin(c, owner)
	hj := &hijack{ResponseWriter: w, c: c}
	ws, err := websocket.Accept(hj, r, &websocket.AcceptOptions{
		Subprotocols: []string{Subprotocol}, OriginPatterns: origins,
	})
	if err != nil && hj.refused != 0 && c.sock == nil {
		return &Refused{hj.refused, err.Error()}
	}
	if err != nil {
		if c.sock != nil {
			_ = c.sock.Close()
		}
		return fmt.Errorf("upgrading to WebSocket: %w", err)
	}
	ws.SetReadLimit(api.MaxFrameUnauth)
	c.ws = ws
	return nil
}

// begin makes c one of s.
func (s *Set) begin(c *Conn, owner Owner) {
	c.set, c.owner = s, owner
	c.out = s.writers[int(s.nextWriter.Add(1))%len(s.writers)]
	c.heard.Store(int64(s.now()))
}

// Refused is a handshake that was not accepted, with the HTTP status that says
// why. The headers that belong to it are set; nothing has been written.
type Refused struct {
	Status int
	Reason string
}

func (e *Refused) Error() string { return "upgrading to WebSocket: " + e.Reason }

// hijack gives the library a connection of ours in place of net/http's, and
// keeps its refusals, which are plain text, for the caller to word.
type hijack struct {
	http.ResponseWriter
	c       *Conn
	refused int
}

func (hj *hijack) WriteHeader(status int) {
	if hj.refused == 0 && status < http.StatusBadRequest {
		hj.ResponseWriter.WriteHeader(status)
		return
	}
	hj.refused = status
}

func (hj *hijack) Write(p []byte) (int, error) {
	if hj.refused != 0 {
		return len(p), nil
	}
	return hj.ResponseWriter.Write(p)
}

// Hijack: the reader's buffer may be tiny, because wire.Read buffers. The
// writer's holds a whole control frame, so that each Write is one frame.
func (hj *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if err := hj.c.takeOver(hj.ResponseWriter); err != nil {
		return nil, nil, err
	}
	w := (*wire)(hj.c)
	const controlFrame = 2 + maxControl
	return w, bufio.NewReadWriter(bufio.NewReaderSize(w, 16), bufio.NewWriterSize(w, controlFrame+1)), nil
}

// takeOver makes net/http's connection c's, with a bounded buffer of the kernel.
func (c *Conn) takeOver(w http.ResponseWriter) error {
	sock, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	c.sock, c.raw = sock, rawConn(sock)
	tcp, ok := sock.(*net.TCPConn)
	if t, is := sock.(interface{ NetConn() net.Conn }); is { // TLS
		tcp, ok = t.NetConn().(*net.TCPConn)
	}
	if ok {
		_ = tcp.SetWriteBuffer(c.set.cfg.SendBuffer)
	}
	if n := rw.Reader.Buffered(); n > 0 { // the client spoke before it was answered
		early := make([]byte, n)
		_, _ = rw.Reader.Read(early)
		c.buf, c.w = &early, int32(n)
	}
	return nil
}

// wire is a Conn as the library sees it: the net.Conn that it reads from, and
// writes its answers to control frames to.
type wire Conn

// Read holds no buffer while there is nothing to read.
func (w *wire) Read(p []byte) (int, error) {
	c := (*Conn)(w)
	if c.buf == nil {
		if c.raw == nil { // tls.Conn buffers by itself
			n, err := c.sock.Read(p)
			if n > 0 {
				c.heard.Store(c.set.clock.Load())
			}
			return n, err
		}
		if err := c.fillRaw(); err != nil {
			return 0, err
		}
		c.heard.Store(c.set.clock.Load())
	}
	n := copy(p, (*c.buf)[c.r:c.w])
	if c.r += int32(n); c.r == c.w {
		c.giveBack()
	}
	return n, nil
}

func (c *Conn) giveBack() {
	if c.buf != nil {
		if len(*c.buf) == readBytes {
			c.set.buffers.Put(c.buf)
		}
		c.buf = nil
	}
}

// Write queues one whole control frame: a pong, or the answer to a close or to an error.
func (w *wire) Write(p []byte) (int, error) {
	ch := &Chunk{b: append([]byte(nil), p...), frames: 1, class: beat}
	if p[0] == opClose {
		ch.class = final
	}
	(*Conn)(w).Enqueue(ch)
	return len(p), nil
}

// Close is called by the library when it is done. What is queued still goes
// out; the reading goroutine then closes the socket.
func (w *wire) Close() error {
	c := (*Conn)(w)
	c.mu.Lock()
	c.shut()
	c.mu.Unlock()
	return nil
}

func (w *wire) LocalAddr() net.Addr                { return w.sock.LocalAddr() }
func (w *wire) RemoteAddr() net.Addr               { return w.sock.RemoteAddr() }
func (w *wire) SetDeadline(t time.Time) error      { return w.sock.SetDeadline(t) }
func (w *wire) SetReadDeadline(t time.Time) error  { return w.sock.SetReadDeadline(t) }
func (w *wire) SetWriteDeadline(t time.Time) error { return w.sock.SetWriteDeadline(t) }
