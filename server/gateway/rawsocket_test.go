package gateway_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"github.com/go-json-experiment/json"
)

// Opcodes and bits of RFC 6455, 5.2.
const (
	fin      = 0x80
	opMore   = 0
	opText   = 1
	opBinary = 2
	opClose  = 8
	opPing   = 9
	opPong   = 10
)

// patience is for what must come; it only ends tests that fail.
const patience = time.Minute

// rawSocket is a client that writes what it wants, byte by byte.
type rawSocket struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// dialRaw opens a TCP connection to the server.
func dialRaw(t *testing.T, srv *servertest.Server) *rawSocket {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(srv.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := &rawSocket{t, c, bufio.NewReader(c)}
	s.renew()
	return s
}

// renew begins the time anew that the next step may take.
func (s *rawSocket) renew() {
	s.SetDeadline(time.Now().Add(patience)) //nolint:errcheck // it is a TCP connection
}

// handshake is an upgrade request; each extra header replaces one of the same name.
func handshake(token string, extra ...string) string {
	headers := []string{"Host: chat.test", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chatctl.v1"}
	if token != "" {
		headers = append(headers, "Authorization: Bearer "+token)
	}
	var b strings.Builder
	b.WriteString("GET /v1/stream HTTP/1.1\r\n")
	for _, h := range headers {
		name, _, _ := strings.Cut(h, ":")
		replaced := false
		for _, e := range extra {
			replaced = replaced || strings.HasPrefix(e, name+":")
		}
		if !replaced {
			b.WriteString(h + "\r\n")
		}
	}
	for _, e := range extra {
		if !strings.HasSuffix(e, ":") {
			b.WriteString(e + "\r\n")
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

func (s *rawSocket) write(b string) {
	s.t.Helper()
	s.renew()
	if _, err := s.Write([]byte(b)); err != nil {
		s.t.Fatal("writing:", err)
	}
}

// answer reads one HTTP answer.
func (s *rawSocket) answer() (*http.Response, []byte) {
	s.t.Helper()
	s.renew()
	resp, err := http.ReadResponse(s.r, nil)
	if err != nil {
		s.t.Fatal("reading the answer:", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return resp, nil
	}
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal("reading the answer:", err)
	}
	return resp, b
}

// dialStream opens a stream with a token, or without one.
func dialStream(t *testing.T, srv *servertest.Server, token string) *rawSocket {
	t.Helper()
	s := dialRaw(t, srv)
	s.write(handshake(token))
	if resp, b := s.answer(); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("the upgrade: status %d: %s", resp.StatusCode, b)
	}
	return s
}

// frame is one masked frame.
func frame(head byte, payload []byte) []byte {
	b := []byte{head}
	switch n := len(payload); {
	case n < 126:
		b = append(b, fin|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, fin|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, fin|127), uint64(n))
	}
	mask := [4]byte{1, 2, 3, 4}
	b = append(b, mask[:]...)
	for i, x := range payload {
		b = append(b, x^mask[i%4])
	}
	return b
}

func text(payload string) string { return string(frame(fin|opText, []byte(payload))) }

// read reads one frame of the server's.
func (s *rawSocket) read() (op byte, payload []byte, err error) {
	var h [10]byte
	if _, err := io.ReadFull(s.r, h[:2]); err != nil {
		return 0, nil, err
	}
	n := uint64(h[1])
	switch n {
	case 126:
		_, err = io.ReadFull(s.r, h[2:4])
		n = uint64(binary.BigEndian.Uint16(h[2:]))
	case 127:
		_, err = io.ReadFull(s.r, h[2:10])
		n = binary.BigEndian.Uint64(h[2:])
	}
	if err == nil && (h[0]&0x70 != 0 || h[0]&fin == 0 || n > 4<<20) {
		err = errors.New("a frame that the server does not write")
	}
	if err != nil {
		return 0, nil, err
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(s.r, payload)
	return h[0] & 0xf, payload, err
}

// next reads up to a frame of a kind.
func (s *rawSocket) next(kind api.FrameKind) api.ServerFrame {
	s.t.Helper()
	s.renew()
	for {
		op, b, err := s.read()
		if err != nil {
			s.t.Fatalf("waiting for %s: %v", kind, err)
		}
		if op == opClose {
			s.t.Fatalf("waiting for %s: closed: %q", kind, b)
		}
		var f api.ServerFrame
		if op == opText && json.Unmarshal(b, &f) == nil && f.Kind == kind {
			return f
		}
	}
}

// closed reads to the end and returns the close code; 0: none came.
func (s *rawSocket) closed() (code int, reason string) {
	s.t.Helper()
	return s.closedWithin(patience)
}

func (s *rawSocket) closedWithin(d time.Duration) (code int, reason string) {
	s.t.Helper()
	s.SetDeadline(time.Now().Add(d)) //nolint:errcheck // it is a TCP connection
	for {
		op, b, err := s.read()
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			s.t.Fatalf("not closed after %v", d)
		case err != nil:
			return code, reason
		case op == opClose && len(b) >= 2:
			code, reason = int(binary.BigEndian.Uint16(b)), string(b[2:])
		}
	}
}

// attach attaches and waits until the stream is live.
func (s *rawSocket) attach() {
	s.t.Helper()
	s.write(text(`{"kind":"attach"}`))
	s.next(api.FrameLive)
}

// still holds that the server and another person's stream go on.
func (w *world) still(t *testing.T, listener *servertest.Socket, after string) {
	t.Helper()
	sent := w.owner.Must(api.Action{Type: api.SendMessage, Conversation: w.group, Text: "after " + after})
	listener.Next(entryOf(sent.Action))
}

func TestWhatBreaksTheProtocolIsClosedAndDisturbsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	listener := w.member.Connect()
	ping := []byte(`{"kind":"ping"}`)
	unmasked := append([]byte{fin | opText, byte(len(ping))}, ping...)
	closing := func(code uint16, reason string) string {
		return string(frame(fin|opClose, append(binary.BigEndian.AppendUint16(nil, code), reason...)))
	}
	declared := func(n uint64) string { // and as much as a frame may have, and a byte
		return string(binary.BigEndian.AppendUint64([]byte{fin | opText, fin | 127}, n)) + strings.Repeat("x", 4+api.MaxFrame+1)
	}
	for name, c := range map[string]struct {
		send string
		want []int // 0: the connection just ends
	}{
		"an unmasked frame":             {string(unmasked), []int{1002, 0}},
		"RSV1":                          {string(frame(fin|0x40|opText, ping)), []int{1002}},
		"RSV2":                          {string(frame(fin|0x20|opText, ping)), []int{1002}},
		"RSV3":                          {string(frame(fin|0x10|opText, ping)), []int{1002}},
		"a continuation without start":  {string(frame(fin|opMore, ping)), []int{1002}},
		"a start within a message":      {string(frame(opText, ping)) + string(frame(fin|opText, ping)), []int{1002}},
		"opcode 3":                      {string(frame(fin|3, ping)), []int{1002}},
		"opcode 7":                      {string(frame(fin|7, ping)), []int{1002}},
		"opcode 11":                     {string(frame(fin|11, ping)), []int{1002}},
		"opcode 15":                     {string(frame(fin|15, ping)), []int{1002}},
		"binary":                        {string(frame(fin|opBinary, ping)), []int{1002}},
		"a ping of 126 bytes":           {string(frame(fin|opPing, make([]byte, 126))), []int{1002}},
		"a pong of 60,000 bytes":        {string(frame(fin|opPong, make([]byte, 60_000))), []int{1002}},
		"a close of 126 bytes":          {closing(1000, strings.Repeat("x", 124)), []int{1002}},
		"a fragmented ping":             {string(frame(opPing, nil)), []int{1002}},
		"a close frame of one byte":     {string(frame(fin|opClose, []byte{3})), []int{1002}},
		"a close code of 0":             {closing(0, ""), []int{1002}},
		"a close code of 999":           {closing(999, ""), []int{1002}},
		"a close code of 1005":          {closing(1005, ""), []int{1002}},
		"a close code of 1006":          {closing(1006, ""), []int{1002}},
		"a close code of 65535":         {closing(65535, ""), []int{1002}},
		"a length of 2^63":              {declared(1 << 63), []int{0}},
		"a length of 2^62":              {declared(1 << 62), []int{1009}},
		"a length of 2^40":              {declared(1 << 40), []int{1009}},
		"one byte more than a frame":    {declared(api.MaxFrame + 1), []int{1009}},
		"too much in fragments":         {strings.Repeat(string(frame(opText, nil)), 1) + strings.Repeat(string(frame(opMore, make([]byte, 8192))), 9), []int{1009}},
		"bad UTF-8 over two fragments":  {string(frame(opText, []byte("\"\xc3"))) + string(frame(fin|opMore, []byte("\""))), []int{1007}},
		"a surrogate in UTF-8":          {text("\"\xed\xa0\x80\""), []int{1007}},
		"HTTP after the upgrade":        {"GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n", []int{1002, 0}},
		"zeros":                         {strings.Repeat("\x00", 4096), []int{1002, 0}},
		"a close with a code of theirs": {closing(4999, "bye"), []int{4999}},
		"a close without a code":        {string(frame(fin|opClose, nil)), []int{0, 1000, 1005}},
	} {
		t.Run(name, func(t *testing.T) {
			s := dialStream(t, w.srv, w.owner.Token)
			s.attach()
			s.Write([]byte(c.send)) //nolint:errcheck // it may be cut off in the middle
			code, reason := s.closed()
			for _, want := range c.want {
				if code == want {
					return
				}
			}
			t.Errorf("closed with %d %q, not one of %v", code, reason, c.want)
		})
	}
	w.still(t, listener, "all that")
}

func TestWhatIsUnusualButAllowedIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := dialRaw(t, w.srv)
	// The first frames come with the upgrade, before its answer.
	s.write(handshake(w.owner.Token) + text(`{"kind":"attach"}`) + text(`{"kind":"ping","ref":"early"}`))
	if resp, b := s.answer(); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	pong := func(ref string) {
		t.Helper()
		for {
			if f := s.next(api.FramePong); f.Ref == ref {
				return
			}
		}
	}
	pong("early")

	for _, b := range []byte(text(`{"kind":"ping","ref":"bytes"}`)) { // each byte a segment of its own
		s.write(string([]byte{b}))
	}
	pong("bytes")

	whole := []byte(`{"kind":"ping","ref":"parts"}`) // each byte a fragment, pings and empty ones between
	s.write(string(frame(opText, nil)))
	for _, b := range whole {
		s.write(string(frame(opMore, []byte{b})) + string(frame(fin|opPing, []byte("?"))) + string(frame(opMore, nil)))
	}
	s.write(string(frame(fin|opMore, nil)))
	pong("parts")

	// A flood of pings is answered as far as there is room, and hurts nobody.
	s.write(strings.Repeat(string(frame(fin|opPing, make([]byte, 125))), 20_000) + text(`{"kind":"ping","ref":"flood"}`))
	pong("flood")

	large := `{"kind":"action","action":{"id":"` + api.NewActionID().String() + `","type":"message.send","conversation":"` + w.group.String() + `","text":"`
	large += strings.Repeat(`\u0041`, api.MaxText) + `"}}` // the largest text, written as long as it can be
	s.write(text(large))
	if f := s.next(api.FrameResult); f.Result.Outcome != api.MessageSent {
		t.Errorf("the largest text: %+v", f.Result)
	}
}

// A request before the upgrade on the same connection is answered before it.
func TestARequestMayComeBeforeTheUpgradeOnOneConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := dialRaw(t, w.srv)
	get := fmt.Sprintf("GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", w.owner.Token)
	s.write(get + get + handshake(w.owner.Token) + text(`{"kind":"attach"}`))
	for range 2 {
		if resp, b := s.answer(); resp.StatusCode != http.StatusOK {
			t.Fatalf("status %d: %s", resp.StatusCode, b)
		}
	}
	if resp, b := s.answer(); resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("status %d: %s", resp.StatusCode, b)
	}
	s.next(api.FrameLive)
}
