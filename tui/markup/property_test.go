package markup_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/tui/markup"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/rivo/uniseg"
	"pgregory.net/rapid"
)

// ours are the only escapes that a line may hold.
var ours = regexp.MustCompile("\x1b\\[[0-9;]*m|\x1b\\]8;(id=[0-9a-z]+)?;[!-~]*\x07")

type failer interface {
	Helper()
	Fatalf(string, ...any)
}

// inert fails for anything that a terminal could take for more than text and
// our styles and links, and for a line that is too wide.
func inert(t failer, lines []string, width int) {
	t.Helper()
	for _, line := range lines {
		bare := ours.ReplaceAllString(line, "")
		if w := max(ansi.StringWidth(line), uniseg.StringWidth(bare)); w > width {
			t.Fatalf("%q is %d cells wide, not at most %d", line, w, width)
		}
		if !utf8.ValidString(line) {
			t.Fatalf("%q is not UTF-8", line)
		}
		var open []rune
		for _, r := range bare {
			switch {
			case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r >= 0xe0000 && r <= 0xe007f:
				t.Fatalf("%q lets %U through", line, r)
			case r == 0x202a, r == 0x202b, r == 0x202d, r == 0x202e:
				open = append(open, 0x202c)
			case r >= 0x2066 && r <= 0x2068:
				open = append(open, 0x2069)
			case r == 0x202c, r == 0x2069:
				if len(open) == 0 || open[len(open)-1] != r {
					t.Fatalf("%q has %U without its opener", line, r)
				}
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Fatalf("%q leaves a bidi control open", line)
		}
		closed(t, line)
	}
}

// closed fails for a line that ends inside a style or a link.
func closed(t failer, line string) {
	t.Helper()
	styled, linked := false, false
	for _, e := range ours.FindAllString(line, -1) {
		switch {
		case e == "\x1b[0m":
			styled = false
		case e[1] == '[':
			styled = true
		default:
			linked = e != "\x1b]8;;\x07"
		}
	}
	if styled || linked {
		t.Fatalf("%q ends inside a style or link", line)
	}
}

// pieces make texts that reach every part of the syntax, and what breaks terminals.
var pieces = []string{"*", "**", "_", "~~", "`", "``", "```", "\n", "\n> ", "> ", "\n- ", "\n1. ", "[", "](", "https://x.org/", ")", "]", "\\", " ", "word", "@ada", "@bob ",
	"日本", "👩‍👩‍👧", "🇩🇪", "🇩", "e\u0301", "\u0301", "\u200d", "\ufe0f", "☺️", "שלום", "مرحبا", "\u2067", "\u2069", "\u202e", "\u202c", "\x1b[2J", "\x1b]0;t\x07", "\u009b", "\u00ad", "\u200b",
	"क्षि", "ก็", "각", "\xff", "\t", "\r", "\U000e0041", "```go\nfunc f() {}\n```", strings.Repeat("\u0300", 40), "mailto:a@b", "界", "﷽", "\u0600", "\u1160"}

func texts() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.StringN(0, 6, -1)), 0, 30).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

func TestNoLineIsWiderThanAskedForWhateverTheText(t *testing.T) {
	r := renderer()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(1, 60).Draw(t, "width")
		inert(t, r.Lines(texts().Draw(t, "text"), width, markup.Options{Me: "ada", Find: "o", After: "(edited)"}), width)
	})
}

func TestNothingThatIsVisibleIsLost(t *testing.T) {
	r := renderer()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.StringMatching(`[a-zA-Z0-9.,;?!日本]{1,12}`), 1, 30).Draw(t, "words")
		width := rapid.IntRange(2, 40).Draw(t, "width")
		got := ansi.Strip(strings.Join(r.Lines(strings.Join(words, " "), width, markup.Options{}), " "))
		if strings.ReplaceAll(got, " ", "") != strings.Join(words, "") {
			t.Fatalf("%q became %q", words, got)
		}
	})
}

func TestTenThousandHostileTextsAreInert(t *testing.T) {
	r := markup.New(widget.NewTheme(widget.Terminal{Links: true}))
	hostile := append(slices.Clone(pieces), "\x1b]8;;http://evil\x07x", "\x1b]52;c;AAAA\x07", "\x9b31m", "\x1bP$q\x1b\\", "\x1b_G\x1b\\", "\x07", "\x08\x08", "\x00", "\x7f",
		"[a](https://x\x1b]0;y\x07)", "https://x\x07y", "`\x1b[A`", "```\x1b[2J\n\x1b[2J```", "> \x1b[H", "- \u202e", "**\u2067**\u2069")
	i := 0
	for _, a := range hostile {
		for _, b := range hostile {
			for _, c := range []string{"", "*", "\n"} {
				inert(t, r.Lines(a+c+b+a, 1+i%23, markup.Options{Me: "ada"}), 1+i%23)
				i++
			}
		}
	}
	if i < 10_000 {
		t.Fatalf("only %d", i)
	}
}

func FuzzLinesAreInertAndFit(f *testing.F) {
	for _, s := range []string{"*a* **b** `c`", "> q\n- i\n```go\nx\n```", "[a](https://b.org/(c))", "\u2067a b c\u2069", "\x1b[2J\u009b", "🇩🇪🇩**🇪**", "@ada \\* ~~x~~"} {
		f.Add(s, 7)
	}
	r := renderer()
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 1 + max(width, -width)%80
		if width < 1 {
			width = 1
		}
		inert(t, r.Lines(s, width, markup.Options{Me: "ada", Find: "a", Actor: "ada", After: "(edited)"}), width)
		for _, u := range markup.Links(s) {
			if !regexp.MustCompile(`^(?i)(https?://|mailto:)[!-~]+$`).MatchString(u) {
				t.Fatalf("%q is a link", u)
			}
		}
	})
}

func BenchmarkLinesOfAMessage(b *testing.B) {
	r := renderer()
	for name, s := range map[string]string{
		"short": "hello **there**, see https://example.org", "long": strings.Repeat("some words and *more* of them ", 270)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Lines(s, 80, markup.Options{Me: "ada"})
			}
		})
	}
}

// The worst that 8,192 bytes can be made to do to the parser.
func BenchmarkLinesOfATextMadeToBeSlow(b *testing.B) {
	r := renderer()
	for _, s := range []string{"*a ", "*a*", "[", "[a](", "`", "> ", "*a **b ", "_(", "https://", "@a", "```\n", "\n", "1. ", "\u2067", "~~a"} {
		b.Run(s, func(b *testing.B) {
			text := strings.Repeat(s, 8192/len(s))
			for b.Loop() {
				r.Lines(text, 80, markup.Options{Me: "ada"})
			}
		})
	}
}
