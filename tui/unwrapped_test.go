package tui_test

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/tui"
	"github.com/chatctl/chatctl/tui/chat"
	"github.com/chatctl/chatctl/tui/keymap"
)

func TestTheTerminalWrapsNoLineWhileTheScreenIsShown(t *testing.T) {
	read, terminal, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cfg := tui.Config{Server: "http://127.0.0.1:1", Chat: chat.Config{Keys: keymap.Default(), Location: time.UTC}}
	ended := make(chan error, 1)
	go func() {
		defer terminal.Close()
		ended <- tui.Run(t.Context(), cfg, strings.NewReader("\x03"), terminal)
	}()
	written, err := io.ReadAll(read)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	rest := string(written)
	for _, next := range []string{"\x1b[?1049h\x1b[?7l", "\x1b[?7h\x1b[?1049l"} {
		_, after, found := strings.Cut(rest, next)
		if !found {
			t.Fatalf("%q is not in, or in another order:\n%q", next, written)
		}
		rest = after
	}
}
