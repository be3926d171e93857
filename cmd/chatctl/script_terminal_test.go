package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// terminal is a pseudo terminal with a program in it, of a script. Its commands
// are terminal, shows, types, signals and ends; a script has one at a time.
type terminal struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed once the program has
	keys  io.ReadWriteCloser
	done  sync.WaitGroup // of what passes bytes on, and waits

	mu     sync.Mutex
	screen *vt.Emulator
}

const terminalKey = "terminal"

// startTerminal starts a command on a screen of that size: terminal WIDTHxHEIGHT chatctl …
func startTerminal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: terminal WIDTHxHEIGHT command…")
	}
	w, h, _ := strings.Cut(args[0], "x")
	width, err := strconv.ParseUint(w, 10, 16)
	ts.Check(err)
	height, err := strconv.ParseUint(h, 10, 16)
	ts.Check(err)

	x := &terminal{cmd: exec.Command(args[1], args[2:]...), ended: make(chan struct{}), screen: vt.NewEmulator(int(width), int(height))}
	x.cmd.Dir = ts.MkAbs(".")
	ts.Check(ts.Exec("env", "-0"))
	x.cmd.Env = append(strings.Split(strings.TrimRight(ts.ReadFile("stdout"), "\x00"), "\x00"), "TERM=xterm-256color")
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // else the program inherits that they are ignored, under nohup
	defer signal.Stop(hangups)
	x.keys, err = pty.StartWithSize(x.cmd, &pty.Winsize{Cols: uint16(width), Rows: uint16(height)})
	ts.Check(err)
	x.done.Go(func() { io.Copy(x, x.keys) })        //nolint:errcheck // it ends with the program
	x.done.Go(func() { io.Copy(x.keys, x.screen) }) //nolint:errcheck // the terminal's answers; it ends with close
	x.done.Go(func() {
		_ = x.cmd.Wait() // ends looks at how
		close(x.ended)
	})
	*ts.Value(terminalKey).(**terminal) = x
	ts.Defer(x.close)
}

func (x *terminal) Write(b []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.Write(b)
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

func (x *terminal) close() {
	_ = x.cmd.Process.Kill() // one that has ended does not mind
	<-x.ended
	_ = x.keys.Close()
	_ = x.screen.InputPipe().(io.Closer).Close()
	x.done.Wait()
}

func onTerminal(ts *testscript.TestScript) *terminal {
	x := *ts.Value(terminalKey).(**terminal)
	if x == nil {
		ts.Fatalf("no terminal was started")
	}
	return x
}

// shows waits until the screen shows all of the texts at the same time: shows TEXT…
func shows(ts *testscript.TestScript, neg bool, args []string) {
	x := onTerminal(ts)
	missing := ""
	poll(ts, func() string { return "the screen does not show " + missing + ":\n" + x.text() }, func(context.Context) bool {
		screen := x.text()
		for _, missing = range args {
			if strings.Contains(screen, missing) == neg {
				return false
			}
		}
		return true
	})
}

// types presses keys, written as in a Go string: types 'hello\r'
func types(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: types KEYS")
	}
	keys, err := strconv.Unquote(`"` + args[0] + `"`)
	ts.Check(err)
	_, err = io.WriteString(onTerminal(ts).keys, keys)
	ts.Check(err)
}

// signals sends the program a signal by number: signals 15
func signalTo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: signals NUMBER")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(onTerminal(ts).cmd.Process.Signal(syscall.Signal(n)))
}

// ends waits until the program has ended, and expects its exit status; of one
// that a signal killed it is minus the signal's number: ends STATUS
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ends STATUS")
	}
	x := onTerminal(ts)
	poll(ts, func() string { return "the program does not end:\n" + x.text() }, func(context.Context) bool {
		select {
		case <-x.ended:
			return true
		default:
			return false
		}
	})
	got := x.cmd.ProcessState.ExitCode()
	if how, ok := x.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && how.Signaled() {
		got = -int(how.Signal())
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s; the screen:\n%s", got, args[0], x.text())
	}
}
