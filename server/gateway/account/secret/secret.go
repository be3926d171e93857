// Package secret draws the secrets that people are given (tokens, tickets,
// codes) and makes the digests that are stored in their place.
//
// Functions and methods may be called concurrently.
package secret

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"strings"

	"github.com/chatctl/chatctl/server/api"
)

// Digest is what is stored of a token or ticket: SHA-256 is enough for 256 random bits.
type Digest [sha256.Size]byte

// New draws 256 bits and returns them as text, with the digest. The prefix tells
// people and scanners what they have found.
func New(prefix string) (string, Digest) {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	s := prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return s, sha256.Sum256([]byte(s))
}

// Of is the digest of what somebody gave; false when New cannot have made it.
func Of(prefix, s string) (d Digest, ok bool) {
	if !strings.HasPrefix(s, prefix) || len(s) != len(prefix)+43 {
		return d, false
	}
	return sha256.Sum256([]byte(s)), true
}

// Code draws 8 digits.
func Code() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return fmt.Sprintf("%08d", n)
}

// Keys makes digests that only who has the database can make.
type Keys []byte

// NewKeys draws keys for a new database.
func NewKeys() Keys {
	k := make(Keys, 32)
	rand.Read(k) // never fails (crypto/rand)
	return k
}

// Digest is the digest of parts, each with its length. use keeps the digests of
// different things apart.
func (k Keys) Digest(use string, parts ...[]byte) []byte {
	mac := hmac.New(sha256.New, k)
	fmt.Fprintf(mac, "%d:%s", len(use), use)
	for _, p := range parts {
		fmt.Fprintf(mac, "%d:", len(p))
		mac.Write(p)
	}
	return mac.Sum(nil)
}

// Network is a digest of the network that an address lies in (the /64 of an IPv6
// one), nil when it is none: rows hold no address.
func (k Keys) Network(addr string) []byte {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return nil
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64) // never fails: 64 fits
		a = p.Addr()
	}
	return k.Digest("network", a.AsSlice())[:16]
}

// Nobody is the pseudo-id of a handle.
func (k Keys) Nobody(handle string) api.UserID {
	return api.UserID(random(k.Digest("nobody", []byte(handle))))
}

// Erasure is the id of the action that erases a person in a conversation.
func (k Keys) Erasure(user api.UserID, c api.ConversationID) api.ActionID {
	return api.ActionID(random(k.Digest("erasure", user[:], c[:])))
}

// random shapes a digest as a random UUID is (RFC 9562, 5.4).
func random(digest []byte) (id [16]byte) {
	copy(id[:], digest)
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}
