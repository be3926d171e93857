package act_test

import (
	"testing"

	"github.com/chatctl/chatctl/server/api/text/act"
	"pgregory.net/rapid"
)

func TestWhatIsDoneIsToldFromWhatIsSaid(t *testing.T) {
	for text, want := range map[string]string{
		"/me waves":     "* @ada waves",
		"/me":           "@ada: /me",
		"/mesa verde":   "@ada: /mesa verde",
		`\/me waves`:    "@ada: /me waves",
		" /me waves":    "@ada:  /me waves",
		"hello":         "@ada: hello",
		`\ a backslash`: `@ada: \ a backslash`,
	} {
		said, does := act.Said(text)
		if got := act.By("@ada", said, does); got != want {
			t.Errorf("%q reads %q, not %q", text, got, want)
		}
	}
}

func TestWhatIsSaidIsReadAsItWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom([]string{"", "/me ", `\/`, `\/me `, `\\/me `}).Draw(t, "start") + rapid.String().Draw(t, "rest")
		if got, does := act.Said(act.Say(s)); got != s || does {
			t.Errorf("%q is read as %q, done %v", s, got, does)
		}
		if got, does := act.Said(act.Do(s)); got != s || !does {
			t.Errorf("%q is read as %q, done %v", act.Do(s), got, does)
		}
	})
}
