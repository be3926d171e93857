package gateway_test

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/servertest"
	"go.uber.org/goleak"
)

// until asks again and again until it is so. A socket that nobody reads may make
// progress for several times Stall, as the kernel finds room in what it holds.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !so(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func TestAStreamThatDoesNotSignInIsClosed(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	silent, busy := dialStream(t, srv, ""), dialStream(t, srv, "")
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // talking does not help
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			if _, err := busy.Write([]byte(text(`{"kind":"ping"}`))); err != nil {
				return
			}
		}
	})
	for _, s := range []*rawSocket{silent, busy} {
		if code, reason := s.closed(); code != int(api.CloseAuthTimeout) {
			t.Errorf("closed with %d %q", code, reason)
		}
	}
	close(stop)
	wg.Wait()
}

func TestBeforeSignInLittleIsTaken(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	for name, c := range map[string]struct {
		send string
		want api.CloseCode
	}{
		"5 KiB":             {text(strings.Repeat("x", 5<<10)), api.CloseTooBig},
		"5 KiB in parts":    {string(frame(opText, make([]byte, 3<<10))) + string(frame(fin|opMore, make([]byte, 2<<10))), api.CloseTooBig},
		"a ticket of ours":  {text(`{"kind":"authenticate","ticket":"chatctlticket_` + strings.Repeat("x", 43) + `"}`), api.CloseSignIn},
		"a ticket of none":  {text(`{"kind":"authenticate","ticket":"x"}`), api.CloseSignIn},
		"a token as ticket": {text(`{"kind":"authenticate","ticket":"` + srv.Person("ada").Token + `"}`), api.CloseSignIn},
	} {
		s := dialStream(t, srv, "")
		s.Write([]byte(c.send)) //nolint:errcheck // it may be cut off in the middle
		if code, reason := s.closed(); code != int(c.want) {
			t.Errorf("%s: closed with %d %q, not %d", name, code, reason, c.want)
		}
	}
}

// 2,000 sockets that never sign in: an address gets so many at a time, nobody
// who is signed in notices, and nothing is left of them.
func TestStrangersAreBoundedAndLeaveNothingBehind(t *testing.T) {
	w := newWorld(t)
	listener := w.member.Connect()
	before := runtime.NumGoroutine()
	var open, refused int
	var sockets []*rawSocket
	for range 2000 {
		s := dialRaw(t, w.srv)
		s.write(handshake(""))
		switch resp, b := s.answer(); resp.StatusCode {
		case http.StatusSwitchingProtocols:
			open++
			sockets = append(sockets, s)
		case http.StatusTooManyRequests:
			refused++
			s.Close()
		default:
			t.Fatalf("status %d: %s", resp.StatusCode, b)
		}
	}
	if open < 250 || refused == 0 {
		t.Errorf("%d were let in, %d refused", open, refused)
	}
	w.still(t, listener, "the strangers came")
	for _, s := range sockets {
		if code, reason := s.closed(); code != int(api.CloseAuthTimeout) {
			t.Fatalf("closed with %d %q", code, reason)
		}
		s.Close()
	}
	until(t, "the strangers' goroutines end", func() bool { return runtime.NumGoroutine() <= before+5 })
	dialStream(t, w.srv, "").next(api.FrameHello) // there is room again
}

func TestAnAccountHasABoundedNumberOfStreams(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	ticket := func() string {
		var got struct {
			Ticket string `json:"ticket"`
		}
		if status, problem := ada.HTTP("POST", "/v1/tickets", nil, &got); status != http.StatusCreated {
			t.Fatal(status, problem)
		}
		return text(`{"kind":"authenticate","ticket":"` + got.Ticket + `"}`)
	}
	var last *rawSocket
	for i := range 100 {
		if i%2 == 0 {
			last = dialStream(t, srv, ada.Token)
		} else {
			last = dialStream(t, srv, "")
			last.write(ticket())
		}
		last.next(api.FrameSignedIn)
	}
	s := dialRaw(t, srv)
	s.write(handshake(ada.Token))
	if resp, b := s.answer(); resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("with a token: status %d: %s", resp.StatusCode, b)
	}
	s = dialStream(t, srv, "")
	s.write(ticket())
	if code, reason := s.closed(); code != int(api.CloseTooMany) {
		t.Errorf("with a ticket: closed with %d %q", code, reason)
	}
	last.Close()
	until(t, "a stream that ended makes room", func() bool {
		s := dialRaw(t, srv)
		defer s.Close()
		s.write(handshake(ada.Token))
		resp, _ := s.answer()
		return resp.StatusCode == http.StatusSwitchingProtocols
	})
}

func TestFramesAndGuessedTokensAreLimited(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{Limits: true})
	ada := srv.Person("ada")
	s := dialStream(t, srv, ada.Token)
	flood := strings.Repeat(text(`{"kind":"ping"}`), 5000)
	go s.Write([]byte(flood)) //nolint:errcheck // it is cut off in the middle
	if code, reason := s.closed(); code != int(api.CloseTooMany) {
		t.Errorf("a flood of frames: closed with %d %q", code, reason)
	}
	s = dialRaw(t, srv)
	statuses := map[int]int{}
	var guesses strings.Builder // sent ahead: a busy machine might else guess no faster than one may
	for i := range 3000 {
		fmt.Fprintf(&guesses, "GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer chatctl_%043d\r\n\r\n", i)
	}
	go s.Write([]byte(guesses.String())) //nolint:errcheck // seen by the answers
	for range 3000 {
		resp, _ := s.answer()
		statuses[resp.StatusCode]++
	}
	if statuses[401] == 0 || statuses[429] == 0 || statuses[401]+statuses[429] != 3000 {
		t.Errorf("guessing tokens: %v", statuses)
	}
	if status, problem := ada.HTTP("GET", "/v1/me", nil, nil); status != http.StatusOK {
		t.Errorf("who has a token is held back by who guesses: %d, %v", status, problem)
	}
}

// Everything that is cut off, half open or broken is gone once the server has ended.
func TestNothingRunsOnAfterHostileConnections(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		if !t.Failed() {
			goleak.VerifyNone(t, before)
		}
	})
	w := newWorld(t)
	listener := w.member.Connect()
	var open []*rawSocket
	for _, half := range []string{"", "G", "GET /v1/me HTTP/1.1\r\nHost:", "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"} {
		s := dialRaw(t, w.srv)
		s.write(half)
		open = append(open, s)
	}
	for _, half := range []string{"\x81", "\x81\xfe", text(`{"kind":"ping"}`)[:9], string(frame(opText, []byte("{"))), strings.Repeat(text(`{"kind":"attach"}`), 50)} {
		s := dialStream(t, w.srv, w.owner.Token)
		s.write(half)
		open = append(open, s)
	}
	for i := range 50 { // cut off with much under way
		s := dialStream(t, w.srv, w.owner.Token)
		s.write(text(`{"kind":"attach"}`))
		for range 10 {
			s.write(text(`{"kind":"pull","conversation":"` + w.group.String() + `"}`))
		}
		if i%2 == 0 {
			s.Close()
		}
		open = append(open, s)
	}
	w.still(t, listener, "half of everything")
	if err := w.srv.Stop(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	for _, s := range open {
		s.Close()
	}
}

// A body is read to its bound and no further, whatever it says of its length.
func TestABodyWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := dialRaw(t, w.srv)
	head := "POST /v1/direct/member/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + w.owner.Token + "\r\nContent-Type: application/json\r\n"
	s.write(head + "Transfer-Encoding: chunked\r\n\r\n")
	chunk := fmt.Sprintf("%x\r\n%s\r\n", 8192, bytes.Repeat([]byte(" "), 8192))
	for range 9 {
		s.write(chunk)
	}
	if resp, b := s.answer(); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d: %s", resp.StatusCode, b)
	}
	s = dialRaw(t, w.srv)
	s.write(head + "Content-Length: 9223372036854775807\r\n\r\n" + strings.Repeat(" ", api.MaxBody+1))
	if resp, b := s.answer(); resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d: %s", resp.StatusCode, b)
	}
}

func TestHeadersAreBoundedInSizeAndTime(t *testing.T) {
	t.Parallel()
	srv := servertest.Start(t, servertest.Options{})
	ada := srv.Person("ada")
	get := func(header int) int {
		s := dialRaw(t, srv)
		s.Write([]byte("GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + ada.Token + "\r\nX-Long: " + strings.Repeat("x", header) + "\r\n\r\n")) //nolint:errcheck // it may be cut off
		resp, _ := s.answer()
		return resp.StatusCode
	}
	if status := get(15 << 10); status != http.StatusOK {
		t.Errorf("15 KiB of headers: status %d", status)
	}
	if status := get(17 << 10); status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("17 KiB of headers: status %d", status)
	}
	// A header that comes byte by byte, without an end, and one that does not come.
	slow, silent := dialRaw(t, srv), dialRaw(t, srv)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for _, err := slow.Write([]byte("GET / HTTP/1.1\r\nX: ")); err == nil; _, err = slow.Write([]byte("x")) {
			<-tick.C
		}
	}()
	for _, s := range []*rawSocket{slow, silent} {
		s.renew()
		if b, err := s.r.ReadBytes(0); strings.Contains(err.Error(), "timeout") {
			t.Errorf("still open after %v: %q", patience, b)
		}
	}
	slow.Close()
	<-done
}
