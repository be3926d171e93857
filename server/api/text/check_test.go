package text_test

import (
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api/text"
)

func TestWhatMayComeIn(t *testing.T) {
	for _, s := range []string{"hello", "two\nlines", "naïve 日本語 👩‍👩‍👧", "\u2067x\u2069", "\u202ex\u202c", "\u2067a\u202bb\u202c\u2069", "x"} {
		if err := text.Message(s, 100); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestWhatMayNotComeIn(t *testing.T) {
	for _, s := range []string{"", " \n\t ", "\u200b \ufeff", "a\tb", "a\rb", "a\x00b", "\x1b[31m", "a\x7f", "a\u0085", "a\u009b", "a\u2028b", "a\u2029b",
		"a\U000e0041", "a\xff", "\u202ea", "a\u202c", "a\u2069", "\u2067a\nb\u2069", "\u2067a\u202c", "\u202aa\u2069\u202c", strings.Repeat("x", 101), "\xed\xa0\x80"} {
		if text.Message(s, 100) == nil {
			t.Errorf("%q may come in", s)
		}
	}
}

func TestWhatMayNotComeInIsToldWithItsPlace(t *testing.T) {
	for s, want := range map[string]string{"ab\x07": "byte 2: ", "a\nb\n\x07": "line 3, byte 0: ", "a\x07\nb": "line 1, byte 1: "} {
		if err := text.Message(s, 100); err == nil || !strings.HasPrefix(err.Error(), want+"the control character U+0007") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestHandles(t *testing.T) {
	for s, valid := range map[string]bool{
		"ada": true, "a.b-c_9": true, "...": true, strings.Repeat("a", 32): true,
		"": false, "ab": false, strings.Repeat("a", 33): false, "Ada": false, "ada\n": false, "a da": false, "адa": false, "ada\x00": false, "@ada": false,
	} {
		if err := text.Handle(s); (err == nil) != valid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestNamesAreOneLineInNFC(t *testing.T) {
	for s, valid := range map[string]bool{
		"Ada L.": true, "é": true, "日本": true, "exactly 10": true,
		"": false, "  ": false, "\u200b\u2060": false, "a\nb": false, "e\u0301": false, "a\x1b": false, "elevenchars": false, "\u202ea": false, "\xff": false,
	} {
		if err := text.Name(s, 10); (err == nil) != valid {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzHandle(f *testing.F) {
	f.Add("ada")
	f.Add("ada\n")
	f.Fuzz(func(t *testing.T, s string) {
		if text.Handle(s) != nil {
			return
		}
		if len(s) < 3 || len(s) > 32 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_.-") != "" {
			t.Fatalf("%q is a handle", s)
		}
	})
}
