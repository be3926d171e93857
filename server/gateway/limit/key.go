package limit

import (
	"net/netip"

	"github.com/chatctl/chatctl/server/api"
)

// Key is who or what a request is counted against. The zero Key is never
// limited: what a caller with the loadtest grant is given.
type Key struct {
	kind Kind
	id   [16]byte
}

// Kind is what a key names.
type Kind byte

// The kinds of key.
const (
	PerAddress Kind = 1 + iota
	PerUser
	PerConversation
	PerNewContact
)

// Address counts against where a request comes from: an IPv4 address, or the
// /64 of an IPv6 one, which is what one customer is given.
func Address(a netip.Addr) Key {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, _ := a.Prefix(64) // never fails: 64 fits
		a = p.Addr()
	}
	return Key{PerAddress, a.As16()}
}

// User counts against an account.
func User(id api.UserID) Key { return Key{PerUser, id} }

// Conversation counts against all who send into a conversation together.
func Conversation(id api.ConversationID) Key { return Key{PerConversation, id} }

// NewContact counts against an account that writes to somebody for the first time.
func NewContact(id api.UserID) Key { return Key{PerNewContact, id} }
