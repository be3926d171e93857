package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/rivo/uniseg"
)

func TestControlsBecomeVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain, naïve, 日本語 👩‍👩‍👧":     "plain, naïve, 日本語 👩‍👩‍👧",
		"\x1b[31mred\x1b[0m":          "␛[31mred␛[0m",
		"a\nb\tc\rd\x00\x7f":          "a␊b␉c␍d␀␡",
		"\u009b31m\u0085":             "<U+009B>31m<U+0085>",
		"\u2028\u2029":                "<U+2028><U+2029>",
		"bad \xff\xfe utf8":           "bad \ufffd utf8",
		"\u202epaired\u202c":          "\u202epaired\u202c",
		"\u202egnp.exe":               "<U+202E>gnp.exe",
		"\u2067a\u2069\u2069":         "\u2067a\u2069<U+2069>",
		"\u202a\u2067x\u202c\u2069":   "\u202a\u2067x\u202c\u2069",
		"hidden\U000e0041\U000e007f":  "hidden<U+E0041><U+E007F>",
		"\u202a\nx\u202c":             "<U+202A>␊x<U+202C>",
		"\x1b]8;;http://x\x07t\x1b\\": "␛]8;;http://x␇t␛\\",
	} {
		if in == "\u202a\u2067x\u202c\u2069" { // crossed: neither outer closes
			want = "<U+202A>\u2067x<U+202C>\u2069"
		}
		if got := text.Show(in); got != want {
			t.Errorf("Show(%q) = %q, not %q", in, got, want)
		}
	}
	if got := text.ShowLines("a\n\x1bb\r\n"); got != "a\n␛b␍\n" {
		t.Errorf("ShowLines: %q", got)
	}
}

func TestClipCutsBetweenClustersAndClosesWhatItCut(t *testing.T) {
	for _, tc := range []struct {
		in    string
		width int
		want  string
	}{
		{"hello", 5, "hello"},
		{"hello", 4, "hel…"},
		{"hello", 1, "…"},
		{"hel…lo", 5, "hel…"},
		{"hello", 0, ""},
		{"", 3, ""},
		{"日本語", 6, "日本語"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"a👩‍👩‍👧b", 3, "a…"},
		{"䷀䷀", 3, "䷀…"}, // wide since Unicode 16
		{"e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"\u2067abc\u2069", 2, "\u2067a\u2069…"},
		{"a" + strings.Repeat("\u0300", 100), 5, "\ufffd"},
		{"a\nb", 3, "a␊b"},
	} {
		if got := text.Clip(tc.in, tc.width); got != tc.want {
			t.Errorf("Clip(%q, %d) = %q, not %q", tc.in, tc.width, got, tc.want)
		}
	}
}

func FuzzShowLetsNothingThroughToATerminal(f *testing.F) {
	for _, s := range []string{"hello\nworld", "\x1b[2J", "\u009b", "\u202e", "\u2066a\u2069\u2069", "\xff\xc2", "\U000e0001", "<U+202E>", "\u2067a\nb\u2069",
		"e" + strings.Repeat("\u0301", 50), "🇩🇪🇩", "\u202a\u202b\u202c"} {
		f.Add(s, 3)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		lines := text.ShowLines(s)
		safe(t, strings.ReplaceAll(lines, "\n", ""))
		for _, line := range strings.Split(lines, "\n") {
			safe(t, line)
		}
		one := text.Show(s)
		safe(t, one)
		if again := text.Show(one); again != one {
			t.Fatalf("%q again is %q", one, again)
		}
		if text.Message(s, len(s)) == nil && lines != s {
			t.Fatalf("%q may come in and is shown as %q", s, lines)
		}
		clipped := text.Clip(s, width%200)
		safe(t, clipped)
		if w := uniseg.StringWidth(clipped); w > max(width%200, 0) {
			t.Fatalf("%q has width %d, not at most %d", clipped, w, width%200)
		}
	})
}

// safe fails for anything that a terminal could take for more than text on this line.
func safe(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Fatalf("%q is not UTF-8", s)
	}
	var open []rune
	for _, r := range s {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r >= 0xe0000 && r <= 0xe007f:
			t.Fatalf("%q lets %U through", s, r)
		case r == 0x202a, r == 0x202b, r == 0x202d, r == 0x202e:
			open = append(open, 0x202c)
		case r >= 0x2066 && r <= 0x2068:
			open = append(open, 0x2069)
		case r == 0x202c, r == 0x2069:
			if len(open) == 0 || open[len(open)-1] != r {
				t.Fatalf("%q has %U without its opener", s, r)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("%q leaves a bidi control open", s)
	}
}
