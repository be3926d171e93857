package layout_test

import (
	"testing"

	"github.com/chatctl/chatctl/tui/layout"
)

func TestALineThatTheTerminalMayFindNarrowerIsErasedFirst(t *testing.T) {
	for in, want := range map[string]string{
		"plain 漢 ✓\nread":  "plain 漢 ✓\nread",
		"a\n🛩️ read ✓✓\nb": "a\n\x1b[K🛩️ read ✓✓\nb",
		"👩‍💻":              "\x1b[K👩‍💻",
	} {
		if got := layout.Erased(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
