package dialog

import (
	"strings"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget/field"

	tea "github.com/charmbracelet/bubbletea"
)

// Prompt is what an Input asks for.
type Prompt struct {
	Title string
	Text  string // above the line
	Value string // what stands in it at first
	Most  int    // bytes, 0: any number
	// Check reports what is wrong with the line; nil, or no Check, lets it pass.
	Check func(string) error
	Then  func(string) tea.Msg // what is said of the line
}

// Input asks for a line.
func Input(l Look, p Prompt) Dialog {
	p.Title = text.Show(p.Title)
	in := input{look: l, p: p, keys: l.Keys.Keys(), line: field.New(p.Most)}
	in.line.Set(p.Value)
	return in
}

type input struct {
	look  Look
	p     Prompt
	keys  keymap.Keys
	line  field.Field
	wrong error
}

func (in input) Update(msg tea.Msg) (Dialog, tea.Cmd) {
	key, ok := msg.(tea.KeyMsg)
	if !ok {
		return in, nil
	}
	switch a := in.keys.Press(key, keymap.Dialog, keymap.Composer); a {
	case keymap.Accept:
		line := strings.TrimSpace(in.line.Text())
		if in.p.Check != nil {
			if in.wrong = in.p.Check(line); in.wrong != nil {
				return in, nil
			}
		}
		return nil, say(in.p.Then(line))
	case keymap.Dismiss:
		return nil, nil
	default:
		in.line.Press(a, key)
		in.wrong = nil
	}
	return in, nil
}

func (in input) View(width, height int) string {
	hint := in.look.hints(string(keymap.Accept), "go on", string(keymap.Dismiss), "cancel")
	return in.look.frame(in.p.Title, hint, width, height, 50, func(width, lines int) []string {
		var rows []string
		if in.p.Text != "" && lines > 2 {
			rows = append(rows, wrapped(in.p.Text, width)...)
			rows = rows[:min(len(rows), lines-2)]
		}
		rows = append(rows, in.line.View(width, true))
		if in.wrong != nil {
			rows = append(rows, in.look.Theme.Bad.Render(text.Clip(in.wrong.Error(), width)))
		}
		return rows
	})
}
