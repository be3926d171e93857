//go:build unix

package widget_test

import (
	"testing"

	"github.com/chatctl/chatctl/tui/widget"
	"github.com/creack/pty"
)

func TestAMultiplexersNameSaysThatItHasColours(t *testing.T) {
	_, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	for term, want := range map[string]widget.Colours{
		"screen": widget.Colours16, "tmux": widget.Colours16, "screen.xterm": widget.Colours16,
		"screen-256color": widget.Colours256, "dumb": widget.NoColours,
	} {
		got := widget.Detect(terminal, func(name string) string {
			if name == "TERM" {
				return term
			}
			return ""
		})
		if got.Colours != want {
			t.Errorf("%s: %v, not %v", term, got.Colours, want)
		}
	}
}
