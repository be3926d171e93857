package mail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chatctl/chatctl/server/gateway/mail"
)

func TestAddressesAreBareAndKnownWhateverTheirCase(t *testing.T) {
	to, key, err := mail.Address("Ada.L+chat@Example.ORG")
	if err != nil || to != "Ada.L+chat@Example.ORG" || key != "ada.l+chat@example.org" {
		t.Fatal(to, key, err)
	}
	for _, bad := range []string{"", "ada", "@example.org", "ada@", "Ada <ada@example.org>", "<ada@example.org>", "ada@example.org (home)",
		"ada@example.org, eve@example.org", "ada@example.org\r\nBcc: eve@example.org", "ada@[192.0.2.1]", `"a b"@example.org`,
		"ädä@example.org", "ada@exämple.org", " ada@example.org", "ada\x00@example.org", strings.Repeat("a", 250) + "@example.org"} {
		if to, _, err := mail.Address(bad); err == nil {
			t.Errorf("%q was read as %q", bad, to)
		}
	}
}

func TestLettersSayWhatTheyAreAboutAndHeadersHoldNothingOfAUser(t *testing.T) {
	l := mail.Code("ada@example.org", "ada", "01234567", 10*time.Minute)
	if !strings.Contains(l.Text, "01234567") || !strings.Contains(l.Text, "@ada") || !strings.Contains(l.Text, "10 minutes") {
		t.Error(l.Text)
	}
	k := mail.Known("ada@example.org", "ada")
	if !strings.Contains(k.Text, "@ada") {
		t.Error(k.Text)
	}
	for _, s := range []string{l.Subject, k.Subject} {
		if strings.Contains(s, "ada") || strings.Contains(s, "0123") {
			t.Errorf("subject %q", s)
		}
	}
}

func FuzzAddressCannotEndAHeaderLine(f *testing.F) {
	f.Add("ada@example.org")
	f.Add("a\r\n b@example.org")
	f.Fuzz(func(t *testing.T, s string) {
		if to, key, err := mail.Address(s); err == nil {
			if to != s || strings.ContainsAny(to, "\r\n\t <>,\"") || key != strings.ToLower(to) {
				t.Fatalf("%q read as %q, %q", s, to, key)
			}
		}
	})
}
