// Package throwaway runs a server for the time of one test: a child process on a
// data directory that goes with it. It leaves nothing behind when Stop has
// returned; on Linux the child also ends when this process is killed. What a
// killed process leaves of its directory, the next Start in the same place removes.
// The settings of a server that the user runs, in a file or variables, do not reach it.
//
// A Server belongs to one goroutine, which may be that of the work of While, and
// may be stopped once; its fields are for reading.
package throwaway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/chatctl/chatctl/loadtest/throwaway/place"
	"github.com/go-json-experiment/json"
)

// Server is a server that was started for one test, as a child process, on a
// directory that goes with it.
type Server struct {
	URL  *url.URL
	Dir  string // for whatever is to go with the server
	Data string // the data directory, in Dir
	PID  int

	place   *place.Place
	program string
	args    []string
	*process
	said tail

	lost sync.Once
	gone chan struct{} // closed once a process that served has ended by itself
	how  error         // it did, before gone is closed
}

// process is one of the server's, one after the other.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once it has
	asked atomic.Bool   // to end
}

// ErrEnded says that a server ended by itself.
var ErrEnded = errors.New("server ended")

// stopping is how long a server gets to drain (promises, rule 13: 25 s) before it is killed.
const stopping = 30 * time.Second

// Start runs program with args and --data and --listen on a new directory inside
// dir, and with an empty --config, and returns once the server says that it is ready.
// Stop must be called. The error has what the server had said.
func Start(ctx context.Context, program string, args []string, dir string, timeout time.Duration) (*Server, error) {
	p, err := place.New(dir)
	if err != nil {
		return nil, err
	}
	data := p.Data()
	s := &Server{Dir: p.Dir, Data: data, place: p, program: program, gone: make(chan struct{}), args: append(slices.Clip(args), "--config", os.DevNull, "--data", data)}
	if err := s.launch(ctx, "127.0.0.1:0", timeout); err != nil {
		left := s.Stop() // first: what it said is then complete
		return nil, errors.Join(fmt.Errorf("starting a server of its own: %w%s", err, s.said.String()), left)
	}
	return s, nil
}

// Restart lets the server drain and end, starts it again with the same data at
// the same URL, and returns once it is ready. PID is then another one.
func (s *Server) Restart(ctx context.Context, timeout time.Duration) error {
	s.end()
	return s.again(ctx, timeout)
}

// Crash is Restart of a server that ends without warning (SIGKILL).
func (s *Server) Crash(ctx context.Context, timeout time.Duration) error {
	s.asked.Store(true)
	_ = s.cmd.Process.Kill() // already gone: it is started again all the same
	<-s.ended
	return s.again(ctx, timeout)
}

func (s *Server) again(ctx context.Context, timeout time.Duration) error {
	defer KeepPort(s.URL.Host)()
	if err := s.launch(ctx, s.URL.Host, timeout); err != nil {
		return fmt.Errorf("starting the server again: %w%s", err, s.said.String())
	}
	return nil
}

// While does work, whose context also ends when the server does so unasked. Its
// error is then ErrEnded, with how and with what the server had said, whatever
// broke because of that.
func (s *Server) While(ctx context.Context, work func(context.Context) error) error {
	whole, cancel := context.WithCancelCause(ctx)
	over := make(chan struct{})
	defer func() { cancel(nil); <-over }()
	go func() {
		defer close(over)
		select {
		case <-s.gone:
			cancel(s.how)
		case <-whole.Done():
		}
	}()
	err := work(whole)
	if err == nil {
		return nil
	}
	t := time.NewTimer(noticing)
	defer t.Stop()
	select {
	case <-s.gone:
		return s.how
	case <-ctx.Done():
	case <-t.C:
	}
	return err
}

// noticing is how long after an error the server may be found to have ended: its
// connections end a moment before it does.
const noticing = time.Second

// watch tells when a process that serves ends unasked.
func (s *Server) watch(p *process) {
	<-p.ended
	if p.asked.Load() {
		return
	}
	s.lost.Do(func() {
		s.how = fmt.Errorf("%w: %v%s", ErrEnded, p.cmd.ProcessState, s.said.String())
		close(s.gone)
	})
}

// launch starts a process that listens there and waits until it is ready.
func (s *Server) launch(ctx context.Context, listen string, timeout time.Duration) error {
	s.process = &process{cmd: exec.Command(s.program, append(slices.Clip(s.args), "--listen", listen)...), ended: make(chan struct{})}
	s.cmd.Env = environment(os.Environ())
	s.cmd.Stderr = &s.said
	s.cmd.SysProcAttr = childAttr()
	s.cmd.WaitDelay = time.Second              // for what it said, once it has ended
	said := &first{line: make(chan []byte, 1)} // StdoutPipe is closed with the process's end, whether read or not
	s.cmd.Stdout = said
	if err := s.start(); err != nil {
		close(s.ended)
		return err
	}
	if err := s.await(ctx, said.line, timeout); err != nil {
		return err
	}
	go s.watch(s.process) // ends with the process
	return nil
}

// environment is all but the variables that set something for a server; those that
// tests have for every process stay.
func environment(all []string) []string {
	return slices.DeleteFunc(all, func(v string) bool {
		return strings.HasPrefix(v, "OTEL_") || strings.HasPrefix(v, "CHATCTL_") && !strings.HasPrefix(v, "CHATCTL_TEST_")
	})
}

// start starts the process and waits for it on a thread that stays: the child is
// told when that thread ends, which must be when this process does.
func (s *Server) start() error {
	started := make(chan error, 1)
	cmd, ended := s.cmd, s.ended
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its state
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.PID = s.cmd.Process.Pid
	return nil
}

// await takes the line that says the server is ready.
func (s *Server) await(ctx context.Context, line <-chan []byte, timeout time.Duration) error {
	type ready struct {
		Event string `json:"event"`
		URL   string `json:"url"`
	}
	var b []byte
	t := time.NewTimer(timeout)
	defer t.Stop()
	select {
	case b = <-line:
	case <-s.ended: // and all that it said is here
		select {
		case b = <-line:
		default:
		}
	case <-t.C:
		return fmt.Errorf("it is not ready after %v", timeout)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var r ready
	if err := json.Unmarshal(b, &r); err != nil || r.Event != "ready" {
		return errors.New("it ended without saying that it is ready")
	}
	u, err := url.Parse(r.URL)
	s.URL = u
	return err
}

// Stop ends the server and removes its directory. An error says what is left.
func (s *Server) Stop() error {
	s.end()
	return s.place.Remove()
}

// end lets the process drain, and kills it when it does not end.
func (s *Server) end() {
	if s.cmd.Process == nil {
		return // it was never started
	}
	s.asked.Store(true)
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // already gone: nothing to stop
	t := time.NewTimer(stopping)
	defer t.Stop()
	select {
	case <-s.ended:
	case <-t.C:
		_ = s.cmd.Process.Kill()
		<-s.ended
	}
}

const firstSize = 64 << 10

// first tells the first line of what a process says, once, and takes the rest.
type first struct {
	line chan []byte
	b    []byte
	told bool
}

func (f *first) Write(p []byte) (int, error) {
	if f.told {
		return len(p), nil
	}
	f.b = append(f.b, p...)
	if end := bytes.IndexByte(f.b, '\n'); end >= 0 || len(f.b) > firstSize {
		f.line <- f.b[:max(end, 0)]
		f.b, f.told = nil, true
	}
	return len(p), nil
}

// tail keeps the end of what a process says.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - tailSize; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

// String is what was said, as the end of an error.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.b) == 0 {
		return ""
	}
	return "; it said: " + strings.TrimSpace(string(t.b))
}
