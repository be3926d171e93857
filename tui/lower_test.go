//go:build unix

package tui_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/creack/pty"
)

func TestNothingOfALowerScreenIsErased(t *testing.T) {
	person, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	tell := func() { // of a resize, and again if nothing comes of it in a second
		t.Helper()
		if err := person.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil { // it is not our controlling terminal
			t.Fatal(err)
		}
	}
	resize := func(height uint16) {
		t.Helper()
		if err := pty.Setsize(person, &pty.Winsize{Rows: height, Cols: 80}); err != nil {
			t.Fatal(err)
		}
		if err := syscall.SetNonblock(int(person.Fd()), true); err != nil { // which that ended: no read had a deadline
			t.Fatal(err)
		}
	}
	var written bytes.Buffer
	drawn := func(height int) { // the cursor goes to the last line of a frame
		t.Helper()
		end, b := ansi.CursorPosition(0, height), make([]byte, 4096)
		for patience := 60; !strings.Contains(written.String(), end); {
			n, err := person.Read(b)
			written.Write(b[:n])
			switch {
			case errors.Is(err, os.ErrDeadlineExceeded) && patience > 0: // the program may draw before it listens to signals
				patience--
				tell()
			case err != nil:
				t.Fatalf("%v after %q", err, written.String())
			}
		}
	}
	resize(24)
	cfg := tui.Config{Server: "http://127.0.0.1:1", Chat: chat.Config{Keys: keymap.Default(), Location: time.UTC}}
	ended := make(chan error, 1)
	go func() {
		defer terminal.Close()
		ended <- tui.Run(t.Context(), cfg, terminal, terminal)
	}()
	tell()
	drawn(24)
	for _, height := range []int{12, 4} {
		resize(uint16(height))
		tell()
		drawn(height)
	}
	if strings.Contains(written.String(), ansi.EraseScreenBelow) {
		t.Errorf("erased below the cursor, which is on the last cell:\n%q", written.String())
	}
	if _, err := person.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
