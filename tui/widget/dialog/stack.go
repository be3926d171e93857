package dialog

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"

	tea "github.com/charmbracelet/bubbletea"
)

// Dialog is one that is open.
type Dialog interface {
	// Update takes a message. No dialog in return means that it is done.
	Update(msg tea.Msg) (Dialog, tea.Cmd)
	// View is a box of at most width × height cells.
	View(width, height int) string
}

// Look is what dialogs share: the bindings in force and the theme.
type Look struct {
	Keys  *keymap.Map
	Theme *widget.Theme
}

// Stack is the open dialogs. The zero value has none. It is a value: keep what its methods return.
type Stack struct {
	open []Dialog
	size tea.WindowSizeMsg
}

// Push opens d over the others, and tells it the size of the screen.
func (s Stack) Push(d Dialog) Stack {
	if sized, _ := d.Update(s.size); sized != nil {
		d = sized
	}
	s.open = append(s.open[:len(s.open):len(s.open)], d)
	return s
}

// Open reports whether a dialog has the keys.
func (s Stack) Open() bool { return len(s.open) > 0 }

// Close closes the top dialog unanswered.
func (s Stack) Close() Stack {
	n := max(0, len(s.open)-1)
	s.open = s.open[:n:n]
	return s
}

// Update gives a message to the top dialog, which leaves when it is done. The
// size of the screen is for all of them, and kept for those to come.
func (s Stack) Update(msg tea.Msg) (Stack, tea.Cmd) {
	if size, ok := msg.(tea.WindowSizeMsg); ok {
		return s.resize(size), nil
	}
	n := len(s.open)
	if n == 0 {
		return s, nil
	}
	d, cmd := s.open[n-1].Update(msg)
	s = s.Close()
	if d != nil {
		s.open = append(s.open, d)
	}
	return s, cmd
}

func (s Stack) resize(size tea.WindowSizeMsg) Stack {
	next := Stack{size: size}
	for _, d := range s.open {
		next = next.Push(d)
	}
	return next
}

// Over is the screen below with the top dialog in its middle. below has the
// lines of a screen of width × height, and so has the result.
func (s Stack) Over(below string, width, height int) string {
	if !s.Open() || width <= 0 || height <= 0 {
		return below
	}
	box := strings.Split(s.open[len(s.open)-1].View(width, height), "\n")
	box = box[:min(len(box), height)]
	lines := strings.Split(below, "\n")
	for len(lines) < height {
		lines = append(lines, "")
	}
	w := 0
	for _, b := range box {
		w = max(w, ansi.StringWidth(b))
	}
	left, top := max(0, (width-w)/2), max(0, (height-len(box))/2)
	for i, b := range box {
		lines[top+i] = lay(lines[top+i], b, left, w, width)
	}
	return strings.Join(lines, "\n")
}

// lay puts b in the place of w cells of line, from the cell left on.
func lay(line, b string, left, w, width int) string {
	// Attributes and links that begin before the box must not run into it.
	const end = "\x1b[0m\x1b]8;;\x1b\\"
	before := widget.Fill(ansi.Truncate(line, left, ""), left)
	after := ""
	if rest := width - left - w; rest > 0 {
		after = ansi.TruncateLeft(widget.Fill(line, width), left+w, "")
		if ansi.StringWidth(after) > rest { // half a wide character
			after = " " + ansi.TruncateLeft(after, ansi.StringWidth(after)-rest+1, "")
		}
	}
	return before + end + widget.Fill(ansi.Truncate(b, w, ""), w) + end + after
}

// frame is a box around a body that is given the cells and lines it has. hint is the last line.
func (l Look) frame(title string, hint hint, width, height, wish int, body func(width, lines int) []string) string {
	inner := min(max(wish, ansi.StringWidth(title)+2, ansi.StringWidth(hint.of(len(hint.deeds), hint.at))), width-4)
	lines := height - 4 // border, title's place is in it; a gap and the hint
	if inner < 1 || lines < 1 {
		return ansi.Truncate(text.Show(title), max(0, width), "…")
	}
	rows := body(inner, lines)
	rows = append(rows[:min(len(rows), lines):len(rows[:min(len(rows), lines)])], "", l.Theme.Dim.Render(ansi.Truncate(hint.in(inner), inner, "…")))
	edge := func(s string) string { return l.Theme.Focus.Render(s) }
	name := ansi.Truncate(title, inner-2, "…")
	out := make([]string, 0, len(rows)+2)
	out = append(out, edge("╭─ ")+l.Theme.Strong.Render(name)+edge(" "+strings.Repeat("─", inner-ansi.StringWidth(name)-1)+"╮"))
	for _, r := range rows {
		out = append(out, edge("│ ")+widget.Fill(ansi.Truncate(r, inner, "…"), inner)+edge(" │"))
	}
	return strings.Join(append(out, edge("╰"+strings.Repeat("─", inner+2)+"╯")), "\n")
}

// wrapped is a plain text in rows of at most width cells.
func wrapped(s string, width int) []string {
	return strings.Split(ansi.Wrap(text.ShowLines(s), width, " "), "\n")
}

// hint is what the keys of a dialog do, and where in it one is: "enter send",
// "esc close", "1 of 3".
type hint struct {
	deeds []string
	out   string // the way out
	at    string
}

// between stands between the parts of a hint where there is room for it.
const between = " · "

// in is the hint in width cells: the way out is the last that goes.
func (h hint) in(width int) string {
	for n := len(h.deeds); n > 0; n-- {
		for _, at := range []string{h.at, ""} {
			wide := h.of(n, at)
			for _, s := range []string{wide, strings.ReplaceAll(wide, between, "  ")} {
				if ansi.StringWidth(s) <= width {
					return s
				}
			}
		}
	}
	return h.out
}

// of is the hint with as many deeds.
func (h hint) of(deeds int, at string) string {
	said := append(h.deeds[:deeds:deeds], h.out, at)
	return strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), between)
}

// key is the key of an action with what it does, "" where it has none.
func (l Look) key(a keymap.Action, does string) string {
	if key := l.Keys.Of(a); key != "" {
		return key + " " + does
	}
	return ""
}

func say(msg tea.Msg) tea.Cmd {
	if msg == nil {
		return nil
	}
	return func() tea.Msg { return msg }
}
