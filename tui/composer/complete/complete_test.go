package complete_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/tui/composer/complete"
	"pgregory.net/rapid"
)

func book() complete.Book {
	b := complete.NewBook()
	b.People = []complete.Person{{Handle: "ada", Name: "Ada Lovelace"}, {Handle: "adam"}, {Handle: "bob", Name: "Big\x1b[2J"}}
	b.Rooms = []string{"ops", "the ops people", "music"}
	return b
}

// offered is the completions at the | of s.
func offered(s string, asked bool) string {
	cursor := strings.Index(s, "|")
	var all []string
	for _, it := range book().At(strings.Replace(s, "|", "", 1), cursor, asked).Items {
		all = append(all, it.Insert)
	}
	return strings.Join(all, "|")
}

func TestTheWordAtTheCursorIsCompleted(t *testing.T) {
	for s, want := range map[string]string{
		"/qu|":          "/quit",
		"/re|":          "/rename |/reply ",
		"/quit|":        "", // nothing is left to complete
		"x /qu|":        "",
		"/dm @b|":       "@bob ",
		"hi @ad|":       "@ada |@adam ",
		"hi @ada|":      "@ada |@adam ",
		"hi @ada| more": "@ada |@adam ",
		"@love|":        "@ada ",
		"mail a@b|":     "",
		"(@bo|":         "@bob ",
		"#op|":          "#ops |#the ops people ",
		":tad|":         "🎉",
		"a :)|":         "",
		"10:1|":         "",
		"|":             "",
	} {
		if got := offered(s, s == "hi @ada|" || s == "hi @ada| more"); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

func TestAWholeHandleIsLeftAlone(t *testing.T) {
	if got := offered("hi @bob|", false); got != "" {
		t.Errorf("offered %q", got)
	}
}

func TestStrangersNamesAreSafeInTheList(t *testing.T) {
	for _, it := range book().At("@bob", 4, true).Items {
		if strings.Contains(it.Label+it.Detail, "\x1b") {
			t.Errorf("%q", it)
		}
	}
}

func TestEmojiHaveTheirNames(t *testing.T) {
	b := book()
	for name, want := range map[string]string{":tada:": "🎉", ":+1:": "👍", ":heart:": "❤️"} {
		if got, ok := b.Emoji(name); !ok || got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if _, ok := b.Emoji(":nothing_of_the_kind:"); ok {
		t.Error("an emoji that is none")
	}
}

func TestAnyTextHasACompletionOrNone(t *testing.T) {
	b := book()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("/@#: abé漢\n("))).Draw(t, "text")
		l := b.At(s, len(s), rapid.Bool().Draw(t, "asked"))
		if l.Start > l.End || l.End != len(s) {
			t.Fatalf("%d to %d of %d", l.Start, l.End, len(s))
		}
	})
}
