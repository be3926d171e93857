package edit_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/edit"
	"github.com/chatctl/chatctl/tui/keymap"
	"pgregory.net/rapid"
)

// shown is the text with | for the cursor.
func shown(b edit.Buffer) string { return b.Text()[:b.Cursor()] + "|" + b.Text()[b.Cursor():] }

func TestEditing(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		do   []keymap.Action
		want string
	}{
		"words left":              {"one two-three", do(keymap.WordLeft, keymap.WordLeft), "one |two-three"},
		"words right":             {"one two", do(keymap.TextStart, keymap.WordRight), "one| two"},
		"line start":              {"a\nbc", do(keymap.LineStart), "a\n|bc"},
		"line end":                {"ab\nc", do(keymap.TextStart, keymap.LineEnd), "ab|\nc"},
		"left over a newline":     {"a\nb", do(keymap.CharLeft, keymap.CharLeft), "a|\nb"},
		"left over a family":      {"a👨‍👩‍👧‍👦", do(keymap.CharLeft), "a|👨‍👩‍👧‍👦"},
		"delete an accent whole":  {"ae\u0301", do(keymap.DeleteBack), "a|"},
		"delete a flag whole":     {"🇩🇪🇫🇷", do(keymap.DeleteBack), "🇩🇪|"},
		"delete forward":          {"abc", do(keymap.TextStart, keymap.DeleteForward), "|bc"},
		"kill line":               {"ab\ncd", do(keymap.TextStart, keymap.KillLine), "|\ncd"},
		"kill line at its end":    {"ab\ncd", do(keymap.TextStart, keymap.KillLine, keymap.KillLine), "|cd"},
		"kill and yank":           {"one two", do(keymap.KillWordBack, keymap.TextStart, keymap.Yank), "two|one "},
		"kills in a row are one":  {"one two", do(keymap.KillWordBack, keymap.KillWordBack, keymap.Yank), "one two|"},
		"yank pop":                {"one two", do(keymap.KillWordBack, keymap.LineStart, keymap.KillWord, keymap.Yank, keymap.YankPop), "two| "},
		"yank pop comes round":    {"one two", do(keymap.KillWordBack, keymap.LineStart, keymap.KillWord, keymap.Yank, keymap.YankPop, keymap.YankPop), "one| "},
		"yank pop only after one": {"one", do(keymap.KillWordBack, keymap.YankPop), "|"},
		"undo a kill":             {"one two", do(keymap.KillWordBack, keymap.Undo), "one two|"},
		"undo and redo":           {"one two", do(keymap.KillWordBack, keymap.Undo, keymap.Redo), "one |"},
		"transpose":               {"abc", do(keymap.CharLeft, keymap.TransposeChars), "acb|"},
		"transpose at the end":    {"abc", do(keymap.TransposeChars), "acb|"},
		"newline":                 {"ab", do(keymap.CharLeft, keymap.Newline), "a\n|b"},
		"up keeps the column":     {"abc\nx\nabc", do(keymap.CursorUp, keymap.CursorUp), "abc|\nx\nabc"},
		"up into a wrapped line":  {"aaaa bbbb cccc", do(keymap.CursorUp), "aaaa| bbbb cccc"},
	} {
		t.Run(name, func(t *testing.T) {
			b := edit.Lines(0)
			b.SetWidth(11)
			b.Set(c.text)
			for _, a := range c.do {
				b.Do(a)
			}
			if got := shown(b); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestTypingIsUndoneByTheWord(t *testing.T) {
	b := edit.Lines(0)
	for _, r := range "one two" {
		b.Insert(string(r))
	}
	for _, want := range []string{"one |", "one|", "|", "|"} {
		b.Do(keymap.Undo)
		if got := shown(b); got != want {
			t.Fatalf("%q, want %q", got, want)
		}
	}
}

func TestATextThatIsTooLongIsNotTaken(t *testing.T) {
	b := edit.Line(5)
	if !b.Insert("12345") || b.Insert("6") || b.Text() != "12345" {
		t.Errorf("%q", b.Text())
	}
}

func TestOneLineHasNoNewline(t *testing.T) {
	b := edit.Line(0)
	b.Insert("a\nb\r\nc")
	if b.Do(keymap.Newline) || b.Text() != "a b c" {
		t.Errorf("%q", b.Text())
	}
}

func TestWhatIsWrittenMayBeSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := edit.Lines(0)
		b.Insert("x")
		b.Insert(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("a\x1b\x00\t\r\n\u0085\u2028\u202e\u202c\u2066\U000e0041")))).Draw(t, "paste"))
		if err := text.Message(b.Text(), 1<<20); err != nil {
			t.Fatalf("%q: %v", b.Text(), err)
		}
	})
}

// edits are steps of somebody who writes.
func edits(t *rapid.T, b *edit.Buffer) {
	actions := keymap.Default().All()
	for range rapid.IntRange(0, 40).Draw(t, "steps") {
		if rapid.Bool().Draw(t, "type") {
			b.Insert(rapid.OneOf(rapid.StringN(0, 8, -1), rapid.SampledFrom([]string{
				"word ", "\n", "漢字", "e\u0301", "\u0301", "👨‍👩‍👧", "🇩🇪", "🇩", "\u200d", "שלום", strings.Repeat("x", 50),
			})).Draw(t, "text"))
		} else {
			b.Do(rapid.SampledFrom(actions).Draw(t, "action"))
		}
	}
}

func TestRowsHoldTheTextAndNoneIsTooWide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := edit.Lines(0)
		width := rapid.IntRange(3, 40).Draw(t, "width")
		b.SetWidth(width)
		edits(t, &b)
		at := 0
		rows := b.Rows(width)
		for _, r := range rows {
			if r.Start != at {
				t.Fatalf("%q: a row begins at %d, not %d", b.Text(), r.Start, at)
			}
			if w := ansi.StringWidth(b.Text()[r.Start:r.End]); w > width {
				t.Fatalf("%q is %d cells wide, more than %d", b.Text()[r.Start:r.End], w, width)
			}
			if at = r.End; !r.Soft {
				at++
			}
		}
		if at != len(b.Text())+1 {
			t.Fatalf("%q: the rows end at %d", b.Text(), at)
		}
		if row, column := b.Place(width); row >= len(rows) || column > width {
			t.Fatalf("the cursor is in row %d of %d, column %d of %d", row, len(rows), column, width)
		}
	})
}

func TestUndoLeadsBackAndRedoForth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := edit.Lines(0)
		b.SetWidth(20)
		edits(t, &b)
		for range 40 { // what undo steps left to redo
			b.Do(keymap.Redo)
		}
		end := b.Text()
		n := 0
		for before := b.Text(); n < 200; n++ {
			if b.Do(keymap.Undo); b.Text() == before && b.Text() == "" {
				break
			}
			before = b.Text()
		}
		if b.Text() != "" {
			t.Fatalf("undo ends at %q", b.Text())
		}
		for range 200 {
			b.Do(keymap.Redo)
		}
		if b.Text() != end {
			t.Fatalf("redo ends at %q, not %q", b.Text(), end)
		}
	})
}

func do(a ...keymap.Action) []keymap.Action { return a }
