package dialog_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/chatctl/chatctl/tui/widget/dialog"
	"pgregory.net/rapid"

	tea "github.com/charmbracelet/bubbletea"
)

func look() dialog.Look {
	return dialog.Look{Keys: keymap.Default(), Theme: widget.NewTheme(widget.Terminal{})}
}

// screen is a stack over a screen full of x.
type screen struct {
	dialog.Stack
	said []any
}

func open(d ...dialog.Dialog) *screen {
	s := &screen{}
	s.Stack, _ = s.Update(tea.WindowSizeMsg{Width: 60, Height: 16})
	for _, d := range d {
		s.Stack = s.Push(d)
	}
	return s
}

func (s *screen) update(msg tea.Msg) {
	var cmd tea.Cmd
	if s.Stack, cmd = s.Update(msg); cmd != nil {
		s.said = append(s.said, cmd())
	}
}

func (s *screen) press(keys ...any) {
	for _, k := range keys {
		switch k := k.(type) {
		case tea.KeyType:
			s.update(tea.KeyMsg{Type: k})
		case string:
			for _, r := range k {
				s.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
			}
		case tea.KeyMsg:
			s.update(k)
		}
	}
}

func (s *screen) text() string {
	below := strings.TrimSuffix(strings.Repeat(strings.Repeat("x", 60)+"\n", 16), "\n")
	return ansi.Strip(s.Over(below, 60, 16))
}

func (s *screen) sees(t *testing.T, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(s.text(), w) {
			t.Errorf("%q is not on the screen:\n%s", w, s.text())
		}
	}
}

func (s *screen) ended(t *testing.T, said ...any) {
	t.Helper()
	if s.Open() || len(s.said) != len(said) || len(said) > 0 && !reflect.DeepEqual(s.said, said) {
		t.Errorf("open %v, said %v, want %v", s.Open(), s.said, said)
	}
}

func TestAQuestionIsAnsweredByItsKeys(t *testing.T) {
	for _, c := range []struct {
		key  any
		said []any
	}{{tea.KeyEnter, []any{"yes"}}, {"y", []any{"yes"}}, {"n", nil}, {tea.KeyEsc, nil}} {
		s := open(dialog.Confirm(look(), dialog.Question{Title: "Delete?", Text: "The message \"hi\" goes for everyone.", Yes: "delete", Then: "yes"}))
		s.sees(t, "Delete?", "goes for everyone", "enter delete · esc no")
		s.press("x", c.key)
		s.ended(t, c.said...)
	}
}

func TestAQuestionTakesTheFirstAnswerOfKeysThatCameAtOnce(t *testing.T) {
	q := dialog.Question{Title: "Ended", Yes: "sign in", Then: "yes", Ways: []dialog.Way{{Letter: "r", Action: keymap.Reconnect, Help: "try again", Then: "again"}}}
	for _, c := range []struct {
		key  tea.KeyMsg
		said []any
	}{
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("xyn")}, []any{"yes"}},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("ny")}, nil},
		{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jr")}, []any{"again"}},
		{tea.KeyMsg{Type: tea.KeyCtrlR}, []any{"again"}},
	} {
		s := open(dialog.Confirm(look(), q))
		s.sees(t, "r try again")
		s.press(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("yes"), Paste: true}, tea.KeyCtrlL, c.key)
		s.ended(t, c.said...)
	}
}

func TestOnlyTheTopDialogGetsKeys(t *testing.T) {
	q := func(s string) dialog.Dialog { return dialog.Confirm(look(), dialog.Question{Title: s, Then: s}) }
	s := open(q("first"), q("second"))
	s.sees(t, "second")
	s.press("y")
	s.sees(t, "first")
	s.press("y")
	s.ended(t, "second", "first")
}

func names(n int) (items []dialog.Item) {
	for i := range n {
		items = append(items, dialog.Item{Key: fmt.Sprint(i), Label: fmt.Sprintf("room %d", i), Detail: fmt.Sprintf("%d new", i)})
	}
	return items
}

func TestAListFindsFuzzilyAndChooses(t *testing.T) {
	s := open(dialog.List(look(), dialog.Choice{Title: "Go to", Items: names(100), Filter: true, Then: func(it dialog.Item) tea.Msg { return it.Key }}))
	s.sees(t, "▸ room 0", "1 of 100")
	s.press("r42")
	s.sees(t, "▸ room 42")
	s.press(tea.KeyEnter)
	s.ended(t, "42")

	s = open(dialog.List(look(), dialog.Choice{Title: "Go to", Items: names(100), Filter: true, Then: func(it dialog.Item) tea.Msg { return it.Key }}))
	s.press(tea.KeyDown, tea.KeyDown, tea.KeyUp, tea.KeyPgDown, tea.KeyEnter)
	s.ended(t, "11")
	s = open(dialog.List(look(), dialog.Choice{Title: "Go to", Items: names(3), Filter: true, Then: func(it dialog.Item) tea.Msg { return it.Key }}))
	s.press("zzz", tea.KeyEnter)
	s.sees(t, "none of that name")
}

func TestAListStaysOpenForOtherDeeds(t *testing.T) {
	s := open(dialog.List(look(), dialog.Choice{
		Name: "outbox", Title: "Not sent", Items: names(3), Empty: "everything is sent",
		Keys: []dialog.Deed{{Action: keymap.ListRetry, Help: "try again", Then: func(it dialog.Item) tea.Msg { return "retry " + it.Key }}},
	}))
	s.sees(t, "try again")
	s.press(tea.KeyDown, tea.KeyDown, tea.KeyCtrlR)
	if !reflect.DeepEqual(s.said, []any{"retry 2"}) || !s.Open() {
		t.Errorf("said %v", s.said)
	}
	s.update(dialog.Refill{Name: "outbox", Items: names(3)[2:]})
	s.sees(t, "▸ room 2")
	s.update(dialog.Refill{Name: "another list", Items: nil})
	s.sees(t, "▸ room 2")
	s.update(dialog.Refill{Name: "outbox"})
	s.sees(t, "everything is sent")
	s.press(tea.KeyEnter, tea.KeyCtrlR, tea.KeyEsc)
	if s.Open() || len(s.said) != 1 {
		t.Errorf("said %v", s.said)
	}
}

func TestAPageScrollsToItsEndAndNoFurther(t *testing.T) {
	s := open(dialog.Text(look(), "Raw", strings.TrimSpace(strings.Repeat("line\x1b[2J\n", 40))+"\nlast"))
	s.sees(t, "line␛[2J", "1–12 of 41")
	for range 20 {
		s.press(tea.KeyPgDown)
	}
	s.sees(t, "last", "30–41 of 41")
	s.press(tea.KeyUp)
	s.sees(t, "29–40 of 41")
	s.press(tea.KeyEsc)
	s.ended(t)
}

func TestWhatIsBelowIsSeenAroundADialog(t *testing.T) {
	s := open(dialog.Confirm(look(), dialog.Question{Title: "t", Text: "q", Yes: "go"}))
	lines := strings.Split(s.text(), "\n")
	if lines[0] != strings.Repeat("x", 60) || !strings.HasPrefix(lines[7], "xxx") || !strings.HasSuffix(lines[7], "xxx") {
		t.Errorf("\n%s", s.text())
	}
}

func TestNoLineIsWiderThanTheScreen(t *testing.T) {
	wild := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("漢字👨\u200d👩é\u0301\x1b[31m \n\u202eא"))))
	rapid.Check(t, func(t *rapid.T) {
		width, height := rapid.IntRange(1, 100).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
		a, b := wild.Draw(t, "title"), wild.Draw(t, "text")
		items := []dialog.Item{{Label: b, Detail: a}, {Label: a, Detail: b}}
		all := []dialog.Dialog{
			dialog.Confirm(look(), dialog.Question{Title: a, Text: b, Yes: "go on"}),
			dialog.List(look(), dialog.Choice{Title: a, Items: items, Filter: true, Then: func(dialog.Item) tea.Msg { return nil }}),
			dialog.List(look(), dialog.Choice{Title: a, Empty: b}),
			dialog.Text(look(), a, b),
		}
		below := strings.TrimSuffix(strings.Repeat(widget.Fill(ansi.Truncate(strings.Repeat("漢", 50), width, ""), width)+"\n", height), "\n")
		for i, d := range all {
			var s dialog.Stack
			s, _ = s.Update(tea.WindowSizeMsg{Width: width, Height: height})
			s = s.Push(d)
			s, _ = s.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("漢")})
			lines := strings.Split(s.Over(below, width, height), "\n")
			if len(lines) != height {
				t.Fatalf("dialog %d: %d lines, not %d", i, len(lines), height)
			}
			for _, l := range lines {
				if got := ansi.StringWidth(l); got != width {
					t.Fatalf("dialog %d: %q is %d cells wide, not %d", i, l, got, width)
				}
			}
		}
	})
}

func TestTheWayOutIsTheLastHintToGo(t *testing.T) {
	c := dialog.Choice{Title: "not sent", Items: []dialog.Item{{Label: "one"}, {Label: "two"}}, Empty: "everything that you have written here is sent", Keys: []dialog.Deed{
		{Action: keymap.ListRetry, Help: "try again"}, {Action: keymap.ListDrop, Help: "drop"}}}
	rows := func(int) []string { return strings.Split(strings.Repeat("row\n", 30), "\n") }
	for width, want := range map[int][2]string{
		60: {"alt-r try again · delete drop · esc close · 1 of 2 ", "down on · pgdown a page on · esc close · 1–6 of 31 "},
		48: {"alt-r try again · delete drop · esc close ", "down on · pgdown a page on · esc close "},
		36: {"alt-r try again · esc close ", "down on · esc close · 1–6 of 31 "},
		20: {"esc close ", "esc close "},
	} {
		for i, d := range []dialog.Dialog{dialog.List(look(), c), dialog.Page(look(), "help", rows)} {
			if got := ansi.Strip(d.View(width, 10)); !strings.Contains(got, "│ "+want[i]) {
				t.Errorf("in %d cells not %q:\n%s", width, want[i], got)
			}
		}
	}
	c.Items = nil
	got := ansi.Strip(dialog.List(look(), c).View(36, 10))
	if !strings.Contains(got, "│ everything that you have written") || !strings.Contains(got, "│ here is sent ") || !strings.Contains(got, "│ esc close ") {
		t.Errorf("with nothing in it:\n%s", got)
	}
}

func TestTheChosenItemsDetailIsReadInFull(t *testing.T) {
	why := "failed: the server has no room for it, and will not have it before somebody makes some"
	s := open(dialog.List(look(), dialog.Choice{Name: "outbox", Title: "not sent", Items: []dialog.Item{
		{Key: "1", Label: "one", Detail: why}, {Key: "2", Label: "two", Detail: "on its way"}}}))
	if got := strings.Join(strings.Fields(strings.ReplaceAll(s.text(), "│", " ")), " "); !strings.Contains(got, "before somebody makes some") {
		t.Errorf("the screen is\n%s", s.text())
	}
	s.press(tea.KeyDown)
	if strings.Contains(s.text(), "somebody makes some") || !strings.Contains(s.text(), "▸ two") {
		t.Errorf("the screen is\n%s", s.text())
	}
}
