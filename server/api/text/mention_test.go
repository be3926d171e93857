package text_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
)

func TestMentionsAreHandlesOnTheirOwn(t *testing.T) {
	for in, want := range map[string]string{
		"@ada":                        "ada",
		"hi @ada, @bob: look":         "ada bob",
		"(@ada)\n@bob!":               "ada bob",
		"ask @bob. Or @a.b.c-d_e-.":   "bob a.b.c-d_e",
		"@ada @ada @bob @ada":         "ada bob",
		"mail ada@example.org":        "",
		"ada.x+tag@example.org":       "",
		"é@bob":                       "",
		"@bob@example.org":            "",
		"https://x.org/@bob":          "",
		"@@bob":                       "",
		"@bo @a.- @--":                "",
		"@" + strings.Repeat("x", 33): "",
		"@" + strings.Repeat("x", 32): strings.Repeat("x", 32),
		"@Ada":                        "",
		"@adaX @adaé @ada\u0301":      "",
		"@ada's":                      "ada",
		"\"@ada\" <@bob> 日本 @eve":     "ada bob eve",
		"@ @ @ @":                     "",
		"":                            "",
		"@ada…":                       "ada",
	} {
		if got := strings.Join(text.Mentions(in), " "); got != want {
			t.Errorf("%q mentions %q, not %q", in, got, want)
		}
	}
}

func TestAMessageMentionsAtMostSoMany(t *testing.T) {
	var b strings.Builder
	for i := range api.MaxMentions + 10 {
		fmt.Fprintf(&b, "@user%d ", i)
	}
	if got := len(text.Mentions(b.String())); got != api.MaxMentions {
		t.Errorf("%d, not %d", got, api.MaxMentions)
	}
}

func FuzzMentionsAreHandlesOfTheText(f *testing.F) {
	for _, s := range []string{"@ada", "a@b.c", "@@@", "@ada.@bob-@", "x @ada @ada", "\xff@ada\xff", "é@éé", "@" + strings.Repeat("a", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		found := text.Mentions(s)
		if len(found) > api.MaxMentions {
			t.Fatalf("%d mentions", len(found))
		}
		for i, h := range found {
			if err := text.Handle(h); err != nil {
				t.Fatalf("%q: %v", h, err)
			}
			if !strings.Contains(s, "@"+h) {
				t.Fatalf("%q is not in %q", h, s)
			}
			if slices.Contains(found[:i], h) {
				t.Fatalf("%q twice", h)
			}
		}
	})
}
