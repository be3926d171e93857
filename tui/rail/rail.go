// Package rail is the list of conversations at the side of the screen: which
// there are, what is unread in them and which mention the reader, who is there,
// when something last happened, and where a draft waits.
//
// It keeps the order, the place and the cursor; what is in the list comes as a
// whole with Set. It does no I/O, and a Model belongs to one screen.
package rail

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Presence is whether a person is there, as far as it is known.
type Presence int

// The presences.
const (
	Unknown Presence = iota
	Away
	Here
)

// Item is one conversation of the list.
type Item struct {
	Key      string // names it; the same for as long as it exists
	Name     string // as people call it: @bob, #ops; a stranger's text
	Unread   int64
	Mentions int64 // of the unread ones, those that mention the reader
	Last     time.Time
	Presence Presence
	Draft    bool // something is written and not sent
	Failed   bool // something was not sent and waits for a decision
	Muted    bool // it counts and rings for nothing but mentions
	Gone     bool // the reader is not in it any more
}

// Model is the list with its cursor. The zero Model is empty.
type Model struct {
	items   []Item
	current string
	unread  string
}

// Set replaces what is in the list; the one that was current stays it, wherever it is now.
func (m Model) Set(items []Item) Model {
	m.items = slices.Clone(items)
	slices.SortStableFunc(m.items, func(a, b Item) int {
		if a.Gone != b.Gone {
			return cmp.Compare(truth(a.Gone), truth(b.Gone))
		}
		return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.Name, b.Name), strings.Compare(a.Key, b.Key))
	})
	return m
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Unread says why the list was not read yet, "" where it was.
func (m Model) Unread(why string) Model {
	m.unread = why
	return m
}

// Items is the list in its order.
func (m Model) Items() []Item { return m.items }

// Select makes the conversation called key the current one.
func (m Model) Select(key string) Model {
	m.current = key
	return m
}

// Current is the key of the current conversation, "" where there is none.
func (m Model) Current() string { return m.current }

// Step is the key of the conversation n places after the current one, round the end.
func (m Model) Step(n int) string {
	if len(m.items) == 0 {
		return ""
	}
	i := m.at()
	if i < 0 && n > 0 {
		i = len(m.items) - 1 // the first one follows
	} else if i < 0 {
		i = 0
	}
	n = (i + n) % len(m.items)
	if n < 0 {
		n += len(m.items)
	}
	return m.items[n].Key
}

// NextUnread is the key of the conversation to look at next, "" when all is
// read: one with mentions, else the one whose last message has waited longest.
// Muted ones come only with a mention.
func (m Model) NextUnread() string {
	if key := m.NextMention(); key != "" {
		return key
	}
	return m.oldest(func(it Item) bool { return it.Unread > 0 && !it.Muted })
}

// NextMention is the key of the conversation whose mention has waited longest, or "".
func (m Model) NextMention() string {
	return m.oldest(func(it Item) bool { return it.Mentions > 0 })
}

// oldest is the last one that is wanted, the current one aside: the list begins with the newest.
func (m Model) oldest(wanted func(Item) bool) string {
	for _, it := range slices.Backward(m.items) {
		if it.Key != m.current && wanted(it) {
			return it.Key
		}
	}
	return ""
}

// Totals are what is unread over all conversations, muted ones counted for their mentions alone.
func (m Model) Totals() (unread, mentions int64) {
	for _, it := range m.items {
		mentions += it.Mentions
		if it.Muted {
			unread += it.Mentions
		} else {
			unread += it.Unread
		}
	}
	return unread, mentions
}

func (m Model) at() int {
	return slices.IndexFunc(m.items, func(it Item) bool { return it.Key == m.current })
}
