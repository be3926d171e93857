// Package servertest runs whole chatctl servers for tests, in this process or
// as a child that can be killed, with people who speak the wire and record what
// they see, so that it can be held against the promises (server/history).
//
// A test binary that wants child servers calls Main from its TestMain.
package servertest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"github.com/chatctl/chatctl/server/history/record"
)

// Server is a server under test. Its methods are called by one goroutine, but URL and People's by any.
type Server struct {
	t       *testing.T
	options Options
	History *history.History

	client *http.Client
	admin  *http.Client

	mu     sync.Mutex
	url    string
	socket string
	stop   func() error // ends it gently
	kill   func()       // ends it with SIGKILL; nil in this process
	ended  chan struct{}
	err    error // why, after ended
	people map[string]*Person
}

// Start runs a server in this process until the test ends.
func Start(t *testing.T, o Options) *Server {
	t.Helper()
	s := prepare(t, o)
	s.run(func(ctx context.Context, ready func(string, string)) error {
		return serve(ctx, s.options, s.options.Log, ready)
	})
	s.awaitReady()
	return s
}

// Process runs a server as a child process, which can be killed and started again.
func Process(t *testing.T, o Options) *Server {
	t.Helper()
	s := prepare(t, o)
	s.startChild()
	s.awaitReady()
	return s
}

func prepare(t *testing.T, o Options) *Server {
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	if o.Listen == "" {
		o.Listen = FreeAddress(t)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s := &Server{t: t, options: o, History: history.New(), people: map[string]*Person{}}
	s.client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 100, TLSClientConfig: &tls.Config{RootCAs: o.Roots}}}
	s.admin = &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", s.adminSocket())
		},
	}}
	t.Cleanup(func() {
		s.Stop()
		s.client.CloseIdleConnections()
		s.admin.CloseIdleConnections()
	})
	return s
}

func (s *Server) run(serve func(context.Context, func(string, string)) error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan struct{})
	s.ended, s.kill = ended, nil
	s.stop = func() error {
		cancel()
		<-ended
		return s.err
	}
	go func() {
		defer close(ended)
		s.err = serve(ctx, s.ready)
	}()
}

func (s *Server) ready(url, socket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.url, s.socket = url, socket
}

func (s *Server) startChild() {
	s.t.Helper()
	options, err := json.Marshal(s.options)
	if err != nil {
		s.t.Fatal(err)
	}
	args := append(slices.Clone(s.options.Wrapper), os.Args[0], "-test.run=^$")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childVariable+"="+string(options))
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.ended = ended
	s.kill = func() { cmd.Process.Kill() } //nolint:errcheck // it may have ended
	s.stop = func() error {
		cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
		<-ended
		return s.err
	}
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if rest, ok := strings.CutPrefix(lines.Text(), "ready "); ok {
				url, socket, _ := strings.Cut(rest, " ")
				s.ready(url, socket)
			}
		}
		if err := cmd.Wait(); err != nil {
			s.err = fmt.Errorf("%w: %s", err, log.String())
		}
	}()
}

// awaitReady fails the test when the server does not come up.
func (s *Server) awaitReady() {
	s.t.Helper()
	if err := s.readyOrEnded(); err != nil {
		s.t.Fatalf("the server ended before it was ready: %v", err)
	}
}

func (s *Server) readyOrEnded() error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			if s.err == nil {
				return io.EOF
			}
			return s.err
		case <-tick.C:
		}
		if s.URL() != "" {
			return nil
		}
	}
}

// URL is where the server serves.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.url
}

func (s *Server) adminSocket() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.socket
}

// Data is the data directory.
func (s *Server) Data() string { return s.options.Data }

// Stop drains the server and returns its error.
func (s *Server) Stop() error { return s.stop() }

// Kill ends a child server with SIGKILL and waits for its end.
func (s *Server) Kill() {
	s.kill()
	<-s.ended
	s.ready("", "")
}

// Restart starts a child server that has ended, on the same address and data.
// The error is why it refused to start.
func (s *Server) Restart() error {
	s.t.Helper()
	s.ready("", "")
	s.err = nil
	s.startChild()
	return s.readyOrEnded()
}

// Ended is why a child server has ended by itself, or nil.
func (s *Server) Ended() error {
	select {
	case <-s.ended:
		return s.err
	default:
		return nil
	}
}

// Options may be changed before Restart.
func (s *Server) Options() *Options { return &s.options }

// Person is a signed-in person; the first call of a handle makes the account.
func (s *Server) Person(handle string) *Person { return s.People(handle)[0] }

// People are signed-in people, made in bulk.
func (s *Server) People(handles ...string) []*Person {
	s.t.Helper()
	people := make([]*Person, len(handles))
	for i, h := range handles {
		people[i] = s.person(h)
	}
	return people
}

func (s *Server) person(handle string) *Person {
	s.t.Helper()
	if p := s.people[handle]; p != nil {
		return p
	}
	made := map[string]any{"handle": handle, "email": handle + "@example.org", "password": Password(handle), "verified": true}
	if _, err := s.tryAdmin(s.t.Context(), "POST", "/admin/v1/users", made); err != nil && strings.Contains(err.Error(), "the change is stored and on its way") {
		s.settle(handle)
	} else if err != nil {
		s.t.Fatalf("making @%s: %v", handle, err)
	}
	p := s.SignIn(handle, Password(handle))
	s.people[handle] = p
	return p
}

// Password is that of a person.
func Password(handle string) string { return "correct horse " + handle }

// recorder has people act on the server wherever it is, and records it in the history that it has now.
func (s *Server) recorder() *record.Recorder {
	return &record.Recorder{URL: s.URL, HTTP: s.client, History: s.History, OnFrame: s.options.OnFrame, Trouble: func(what string) { s.t.Error(what) }}
}

// SignIn makes another session of an account.
func (s *Server) SignIn(handle, password string) *Person {
	s.t.Helper()
	p := &Person{Person: s.recorder().Person(handle, "", api.SessionID{}), t: s.t}
	var in api.SignedIn
	if status, problem := p.HTTP("POST", "/v1/sessions", map[string]any{"handle": handle, "password": password}, &in); problem != nil {
		s.t.Fatalf("signing %s in: status %d, %v", handle, status, problem)
	}
	p.User, p.Token, p.Session = in.User, in.Token, in.Session
	return p
}

// Admin makes a request on the administration socket; a problem fails the test.
func (s *Server) Admin(method, path string, body, v any) {
	s.t.Helper()
	b, err := s.tryAdmin(s.t.Context(), method, path, body)
	if err == nil && v != nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		s.t.Fatalf("admin %s %s: %v", method, path, err)
	}
}

// AwaitEnd waits until the server has ended by itself.
func (s *Server) AwaitEnd() {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(3 * patience):
		s.t.Fatalf("the server has not ended after %v", 3*patience)
	}
}
