package socket

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/sse"
)

// mostSaid is how many bytes of a listener are thrown away: it has nothing to say.
const mostSaid = 4 << 10

// Listen is Accept for a client that only listens: it answers r with Server-Sent
// Events that last as long as the connection (RFC 9112, 6.3). The queue, its
// bounds and its writing are those of a WebSocket; each frame is put into an
// event when it is written. Every write that the socket takes counts as a sign of
// life, since none comes from the peer.
func (s *Set) Listen(c *Conn, owner Owner, w http.ResponseWriter, r *http.Request, origins []string) error {
	if !allowed(r, origins) {
		return &Refused{http.StatusForbidden, "origin " + r.Header.Get("Origin")}
	}
	s.begin(c, owner)
	c.events = true
	header := w.Header().Clone()
	if err := c.takeOver(w); err != nil {
		return fmt.Errorf("taking over a connection to listen on: %w", err)
	}
	header.Set("Content-Type", sse.ContentType)
	header.Set("Date", time.Now().UTC().Format(http.TimeFormat)) // RFC 9110, 6.6.1
	header.Set("Connection", "close")
	header.Set("X-Accel-Buffering", "no") // proxies that would wait for more to come
	var head bytes.Buffer
	head.WriteString("HTTP/1.1 200 OK\r\n")
	_ = header.Write(&head) // a buffer takes it
	head.WriteString("\r\n")
	_ = c.sock.SetWriteDeadline(time.Now().Add(s.cfg.Stall))
	if _, err := c.sock.Write(head.Bytes()); err != nil {
		_ = c.sock.Close()
		return fmt.Errorf("answering who listens: %w", err)
	}
	_ = c.sock.SetWriteDeadline(time.Time{})
	return nil
}

// allowed reports whether a page of r's origin may listen, as the library decides it for an upgrade.
func allowed(r *http.Request, origins []string) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // no browser
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if strings.EqualFold(u.Host, r.Host) {
		return true
	}
	for _, pattern := range origins {
		target := u.Host
		if strings.Contains(pattern, "://") {
			target = u.Scheme + "://" + u.Host
		}
		if ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(target)); err == nil && ok {
			return true
		}
	}
	return false
}

// hear waits until a listener is gone.
func (c *Conn) hear() {
	var b [64]byte
	for said := 0; said < mostSaid; {
		n, err := (*wire)(c).Read(b[:])
		if err != nil {
			return
		}
		said += n
	}
	c.Close(api.CloseProtocol, "who listens has nothing to say")
}

// heardBy notes that the socket of a listener took something.
func (c *Conn) heardBy() {
	if c.events {
		c.heard.Store(c.set.clock.Load())
	}
}

// appendEvents writes whole frames as events.
func appendEvents(b, frames []byte) []byte {
	for len(frames) > 0 {
		n := frameEnd(frames, 1)
		op, p := frames[0], payload(frames[:n])
		frames = frames[n:]
		switch op {
		case opText:
			b = sse.AppendFrame(b, p)
		case opClose:
			b = sse.AppendClose(b, api.CloseCode(binary.BigEndian.Uint16(p)), string(p[2:]))
		default:
			b = sse.AppendComment(b)
		}
	}
	return b
}
