package help_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/help"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
)

func TestTheWholePageCanBeReadAtAnyWidth(t *testing.T) {
	keys := keymap.Default()
	for _, width := range []int{36, 76, 196} {
		rows := help.Rows(keys, widget.NewTheme(widget.Terminal{}), width)
		for _, row := range rows {
			if w := ansi.StringWidth(row); w > width {
				t.Errorf("%d columns are %d in %q", width, w, row)
			}
		}
		page := ansi.Strip(strings.Join(rows, "\n"))
		for _, g := range keys.Help() {
			for _, r := range g.Rows {
				for _, word := range strings.Fields(strings.Join(r.Keys, ", ") + " " + r.Help) {
					if !strings.Contains(page, word) {
						t.Errorf("%d columns have no room for %q of %s", width, word, r.Action)
					}
				}
			}
		}
	}
}
