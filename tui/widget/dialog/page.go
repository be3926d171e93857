package dialog

import (
	"fmt"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"

	tea "github.com/charmbracelet/bubbletea"
)

// Page is something to read, with its own scrolling. rows makes it for a
// width; they may hold styles, and no line may be wider. A stranger's text has passed text.Show.
func Page(l Look, title string, rows func(width int) []string) Dialog {
	return page{look: l, title: text.Show(title), keys: l.Keys.Keys(), rows: rows}
}

// Text is a Page of a plain text, wrapped.
func Text(l Look, title, s string) Dialog {
	return Page(l, title, func(width int) []string { return wrapped(s, width) })
}

type page struct {
	look  Look
	title string
	keys  keymap.Keys
	rows  func(int) []string
	top   int
	size  tea.WindowSizeMsg
}

func (p page) Update(msg tea.Msg) (Dialog, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.size = msg
	case tea.MouseMsg:
		switch msg.Button {
		case tea.MouseButtonWheelUp:
			p.top -= 3
		case tea.MouseButtonWheelDown:
			p.top += 3
		}
	case tea.KeyMsg:
		switch p.keys.Press(msg, keymap.List, keymap.Dialog) {
		case keymap.ListUp:
			p.top--
		case keymap.ListDown:
			p.top++
		case keymap.ListPageUp:
			p.top -= room(p.size.Height)
		case keymap.ListPageDown:
			p.top += room(p.size.Height)
		case keymap.Accept, keymap.Dismiss:
			return nil, nil
		}
	}
	last := len(p.rows(inner(p.size.Width))) - room(p.size.Height)
	p.top = max(0, min(p.top, last))
	return p, nil
}

// inner and room are the cells and lines that a page of a screen has for its text.
func inner(width int) int { return max(1, width-4) }
func room(height int) int { return max(1, height-4) }

func (p page) View(width, height int) string {
	rows, room := p.rows(inner(width)), room(height)
	top := min(p.top, max(0, len(rows)-room))
	hint := hint{out: p.look.key(keymap.Dismiss, "close")}
	if len(rows) > room {
		hint.deeds = []string{p.look.key(keymap.ListDown, "on"), p.look.key(keymap.ListPageDown, "a page on")}
		hint.at = fmt.Sprintf("%d–%d of %d", top+1, min(len(rows), top+room), len(rows))
	}
	return p.look.frame(p.title, hint, width, height, inner(width), func(int, int) []string { return rows[top:] })
}
