package markup_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/widget"
)

func renderer() *markup.Renderer {
	return markup.New(widget.NewTheme(widget.Terminal{Colours: widget.Colours256, Links: true}))
}

// plain is what is read on the screen.
func plain(lines []string) string { return ansi.Strip(strings.Join(lines, "\n")) }

func TestWhatIsRead(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"hello", "hello"},
		{"two\nlines\n\nand a blank one", "two\nlines\n\nand a blank one"},
		{"  leading blanks  stay", "  leading blanks  stay"},
		{"*a* _b_ **c** __d__ ~~e~~ ***f***", "a b c d e f"},
		{"snake_case_name 2 * 3 * 4 ~/x ~ * a *", "snake_case_name 2 * 3 * 4 ~/x ~ * a *"},
		{"**bold *and italic***, *open", "bold and italic, *open"},
		{"a**b**c and un*frigging*believable", "abc and unfriggingbelievable"},
		{`\*not\* \_x\_ C:\path ¯\\\_(ツ)\_/¯`, `*not* _x_ C:\path ¯\_(ツ)_/¯`},
		{"`a *b* @ada` and ``x`y`` and ` open", "a *b* @ada and x`y and ` open"},
		{"> quoted\nanswer", "▎ quoted\nanswer"},
		{"> a\n> > b\n>c", "▎ a\n▎ ▎ b\n>c"},
		{">:( and >_<", ">:( and >_<"},
		{"- a\n* b\n+ c\n12. d\n3) e\n-f", "• a\n• b\n• c\n12. d\n3) e\n-f"},
		{"  - nested", "  • nested"},
		{"```\na *b*\n  c\n```\nafter", "│ a *b*\n│   c\nafter"},
		{"```go\nx := 1", "│ x := 1"},
		{"# no heading", "# no heading"},
		{"[the page](https://example.org/a)", "the page (https://example.org/a)"},
		{"[https://example.org](https://example.org)", "https://example.org"},
		{"[x](javascript:alert(1)) [y](file:///etc/passwd) [z]()", "[x](javascript:alert(1)) [y](file:///etc/passwd) [z]()"},
		{"<b>&amp;</b>", "<b>&amp;</b>"},
		{"\x1b[31mred\x07", "␛[31mred␇"},
		{"", ""},
	} {
		if got := plain(renderer().Lines(tc.in, 60, markup.Options{})); got != tc.want {
			t.Errorf("%q reads\n%q, not\n%q", tc.in, got, tc.want)
		}
	}
}

func TestLinesBreakBetweenWords(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"the quick brown fox", 10, "the quick\nbrown fox"},
		{"the quick brown fox", 9, "the quick\nbrown fox"},
		{"abcdefghijkl", 5, "abcde\nfghij\nkl"},
		{"ab abcdefghijkl", 5, "ab\nabcde\nfghij\nkl"},
		{"- the quick brown", 9, "• the\n  quick\n  brown"},
		{"> the quick brown", 9, "▎ the\n▎ quick\n▎ brown"},
		{"日本語の文章", 5, "日本\n語の\n文章"},
		{"👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧\n👩‍👩‍👧"},
		{"e\u0301e\u0301e\u0301", 2, "e\u0301e\u0301\ne\u0301"},
		{"日", 1, "\ufffd"},
		{"```\nabc defgh\n```", 7, "│ abc d\n│ efgh"},
		{"12. word", 4, "12.\nword"},
		{"שלום עולם טוב", 9, "שלום עולם\nטוב"},
		{"\u2067שלום עולם\u2069", 5, "\u2067שלום\u2069\n\u2067עולם\u2069"},
		{"x     y", 3, "x\ny"},
	} {
		if got := plain(renderer().Lines(tc.in, tc.width, markup.Options{})); got != tc.want {
			t.Errorf("%q in %d cells:\n%q, not\n%q", tc.in, tc.width, got, tc.want)
		}
	}
	if got := renderer().Lines("x", 0, markup.Options{}); got != nil {
		t.Errorf("in no cells: %q", got)
	}
}

func TestLinksLeadWhereTheyShow(t *testing.T) {
	for in, want := range map[string]string{
		"see https://example.org/a_b_c?x=1&y=2.":                 "https://example.org/a_b_c?x=1&y=2",
		"(https://en.wikipedia.org/wiki/Go_(game))":              "https://en.wikipedia.org/wiki/Go_(game)",
		"HTTP://EXAMPLE.org and xhttp://no.org":                  "HTTP://EXAMPLE.org",
		"https://de.wikipedia.org/wiki/Köln":                     "https://de.wikipedia.org/wiki/K%C3%B6ln",
		"[a](https://a.org) [b](mailto:b@b.org) https://a.org":   "https://a.org mailto:b@b.org",
		"`https://code.org` and\n```\nhttps://block.org\n```":    "",
		"https:// http://. ftp://x.org javascript:x":             "",
		"https://e.org/\u202e \"https://q.org\" <https://b.org>": "https://e.org/ https://q.org https://b.org",
	} {
		if got := strings.Join(markup.Links(in), " "); got != want {
			t.Errorf("%q has %q, not %q", in, got, want)
		}
	}
	lines := renderer().Lines("https://example.org/a/long/path", 16, markup.Options{})
	if len(lines) < 2 {
		t.Fatalf("%q", lines)
	}
	for _, l := range lines {
		if !strings.HasPrefix(l, "\x1b]8;id=") || !strings.Contains(l, ";https://example.org/a/long/path\x07") || !strings.HasSuffix(l, "\x1b]8;;\x07") {
			t.Errorf("the part %q is not the whole link", l)
		}
	}
	none := markup.New(widget.NewTheme(widget.Terminal{})).Lines("https://example.org", 60, markup.Options{})
	if strings.Contains(none[0], "\x1b]") {
		t.Errorf("a terminal without links gets %q", none[0])
	}
}

func TestWhatStandsOut(t *testing.T) {
	th := widget.NewTheme(widget.Terminal{Colours: widget.Colours256})
	r := markup.New(th)
	for _, tc := range []struct{ in, part string }{
		{"hi @ada!", th.Mention.Render("@ada")},
		{"hi @bob!", th.Strong.Render("@bob")},
		{"a **b** c", th.Text.Bold(true).Render("b")},
		{"a `b` c", th.Code.Render("b")},
		{"find Me here", th.Match.Render("Me")},
		{"İstanbul: ME, İ", th.Match.Render("ME")},
		{"ȺȺ me", th.Match.Render("me")},
		{"```go\nfunc f() { return \"x\" } // y\n```", th.Syntax.Keyword.Render("func")},
		{"```go\nfunc f() { return \"x\" } // y\n```", th.Syntax.String.Render(`"x"`)},
	} {
		got := strings.Join(r.Lines(tc.in, 60, markup.Options{Me: "ada", Find: "me"}), "\n")
		if !strings.Contains(got, tc.part) {
			t.Errorf("%q: %q has no %q", tc.in, got, tc.part)
		}
	}
	for _, who := range []string{"ada", "bob"} {
		said, want := r.Lines("waves at @bob", 60, markup.Options{Actor: "@" + who}), th.Person(who).Render("* @"+who+" ")
		if len(said) != 1 || !strings.HasPrefix(said[0], want) {
			t.Errorf("%q does not begin with %q", said, want)
		}
	}
	for in, want := range map[string]string{
		"hello": "* ada hello (edited)", "> q": "* ada\n▎ q\n(edited)", "```\nx\n```": "* ada\n│ x\n(edited)",
	} {
		if got := plain(r.Lines(in, 60, markup.Options{Actor: "ada", After: "(edited)"})); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}

func TestTheFirstLineWithoutItsMarks(t *testing.T) {
	for in, want := range map[string]string{
		"\n **a** [b](https://b.org)\nc": "a b (https://b.org)", "> q\nx": "q", "```go\nx := 1\n```": "x := 1", "": "", "\x1b": "␛",
	} {
		if got := markup.Plain(in); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
}
