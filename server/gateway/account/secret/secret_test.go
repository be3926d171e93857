package secret_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/google/uuid"
	"pgregory.net/rapid"
)

func TestASecretIsKnownByItsDigestAndByNothingElse(t *testing.T) {
	s, digest := secret.New("chatctl_")
	if got, ok := secret.Of("chatctl_", s); !ok || got != digest {
		t.Fatal("its digest is another")
	}
	if strings.Contains(s, string(digest[:])) || !strings.HasPrefix(s, "chatctl_") || len(s) != len("chatctl_")+43 { // 256 bits
		t.Fatalf("%q", s)
	}
	if other, d := secret.New("chatctl_"); other == s || d == digest {
		t.Fatal("the same was drawn twice")
	}
	for _, none := range []string{"", "chatctl_", s[1:], s + "x", s[:len(s)-1], "chatctlticket_" + s[len("chatctl_"):]} {
		if _, ok := secret.Of("chatctl_", none); ok {
			t.Errorf("%q was taken", none)
		}
	}
}

func TestCodesHaveEightDigitsFromTheWholeRange(t *testing.T) {
	eight := regexp.MustCompile(`^\d{8}$`)
	first := map[byte]bool{}
	seen := map[string]bool{}
	for range 1000 {
		c := secret.Code()
		if !eight.MatchString(c) {
			t.Fatalf("%q", c)
		}
		first[c[0]], seen[c] = true, true
	}
	if len(first) != 10 || len(seen) < 990 { // by chance once in 10^45, or never
		t.Errorf("%d first digits, %d different codes", len(first), len(seen))
	}
}

// Parts that only read the same when they are put together have another digest.
func TestDigestsTellUsesAndPartsApart(t *testing.T) {
	k := secret.NewKeys()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOfN(rapid.Byte(), 2, 40).Draw(t, "text")
		at := rapid.IntRange(1, len(text)-1).Draw(t, "at")
		whole, parts := k.Digest("code", text), k.Digest("code", text[:at], text[at:])
		if bytes.Equal(whole, parts) || bytes.Equal(whole, k.Digest("codes", text)) || bytes.Equal(whole, secret.NewKeys().Digest("code", text)) {
			t.Fatal("two different things have one digest")
		}
		if !bytes.Equal(whole, k.Digest("code", text)) {
			t.Fatal("one thing has two digests")
		}
	})
}

func TestAnAddressIsKnownAsTheNetworkOfOneCustomer(t *testing.T) {
	k := secret.NewKeys()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
		{"2001:db8:0:1::1", "2001:db8:0:2::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		if bytes.Equal(k.Network(c.a), k.Network(c.b)) != c.same {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
	for _, none := range []string{"", "@", "192.0.2.1:80", "example.org"} {
		if k.Network(none) != nil {
			t.Errorf("%q is a network", none)
		}
	}
	if bytes.Contains(k.Network("192.0.2.1"), []byte{192, 0, 2, 1}) {
		t.Error("it holds the address")
	}
}

func TestPseudoIdsAreAlwaysTheSameAndLookLikeOthers(t *testing.T) {
	k := secret.NewKeys()
	user, other := api.NewUserID(), api.NewUserID()
	c := api.NewConversationID()
	for what, id := range map[string]uuid.UUID{"nobody": uuid.UUID(k.Nobody("ada")), "erasure": uuid.UUID(k.Erasure(user, c))} {
		if id.Version() != 4 || id.Variant() != uuid.RFC4122 {
			t.Errorf("%s is %v", what, id)
		}
	}
	ada, erasure := k.Nobody("ada"), k.Erasure(user, c)
	if ada != k.Nobody("ada") || ada == k.Nobody("bob") || ada == secret.NewKeys().Nobody("ada") {
		t.Error("nobody is not the handle's and the database's own")
	}
	if erasure != k.Erasure(user, c) || erasure == k.Erasure(other, c) || erasure == k.Erasure(user, api.NewConversationID()) {
		t.Error("an erasure is not the person's and the conversation's own")
	}
}
