package dialog

import (
	"cmp"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"

	tea "github.com/charmbracelet/bubbletea"
)

// Question is what a Confirm asks.
type Question struct {
	Title string
	Text  string
	Yes   string  // what is done, as a verb: "delete"
	Then  tea.Msg // said after a yes; after a no nothing is. Nil: there is no yes
	No    string  // what a no is called; "": no
	Ways  []Way   // what else can be answered
}

// Way is another answer to a question, by a letter, or by the key that does the
// same anywhere.
type Way struct {
	Letter string
	Action keymap.Action // of keymap's Global context; None: the letter alone
	Help   string        // what it does, as a verb
	Then   tea.Msg
}

// Confirm asks a question that is answered by the accepting key or y, the
// dismissing key or n, or the letters of its ways.
func Confirm(l Look, q Question) Dialog {
	q.Title = text.Show(q.Title)
	return confirm{look: l, q: q, keys: l.Keys.Keys()}
}

type confirm struct {
	look Look
	q    Question
	keys keymap.Keys
}

func (c confirm) Update(msg tea.Msg) (Dialog, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	for more := ok; more; {
		var first tea.KeyMsg
		first, key, more = keymap.Split(key)
		if then, answered := c.answer(first); answered {
			return nil, say(then) // what came with it is not for what is below
		}
	}
	return c, nil
}

// answer is what a key leads to, if it answers the question.
func (c *confirm) answer(key tea.KeyMsg) (then tea.Msg, answered bool) {
	a := c.keys.Press(key, keymap.Dialog, keymap.Global)
	for _, w := range c.q.Ways {
		if a == keymap.None && key.String() == w.Letter || a != keymap.None && a == w.Action {
			return w.Then, true
		}
	}
	switch {
	case c.q.Then != nil && (a == keymap.Accept || a == keymap.None && key.String() == "y"):
		return c.q.Then, true
	case a == keymap.Accept, a == keymap.Dismiss, a == keymap.None && key.String() == "n":
		return nil, true
	}
	return nil, false
}

func (c confirm) hint() hint {
	h := hint{out: c.look.key(keymap.Dismiss, cmp.Or(c.q.No, "no"))}
	if c.q.Then != nil {
		h.deeds = append(h.deeds, c.look.key(keymap.Accept, c.q.Yes))
	}
	for _, w := range c.q.Ways {
		h.deeds = append(h.deeds, w.Letter+" "+w.Help)
	}
	return h
}

func (c confirm) View(width, height int) string {
	return c.look.frame(c.q.Title, c.hint(), width, height, min(60, ansi.StringWidth(longest(c.q.Text))), func(width, _ int) []string {
		rows := wrapped(c.q.Text, width)
		for i := range rows {
			rows[i] = c.look.Theme.Text.Render(rows[i])
		}
		return rows
	})
}

// longest is the widest line of a text, as it is shown.
func longest(s string) (line string) {
	for _, l := range strings.Split(text.ShowLines(s), "\n") {
		if ansi.StringWidth(l) > ansi.StringWidth(line) {
			line = l
		}
	}
	return line
}
