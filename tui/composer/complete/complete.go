// Package complete finds what the word at the cursor may become: a command, a
// person, a conversation or an emoji.
//
// It is pure; who there is to complete is handed in. A Book may be read concurrently.
package complete

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/composer/slash"
	"github.com/kyokomi/emoji/v2"
)

// Person is somebody who can be named.
type Person struct{ Handle, Name string }

// Book is what there is to complete.
type Book struct {
	People []Person // the most likely first
	Rooms  []string // names of groups
	emoji  []Item   // by name
}

// NewBook returns a book with the emoji and nobody in it.
func NewBook() Book { return Book{emoji: emojis()} }

// Item is one completion.
type Item struct {
	Insert string // stands in the place of the word
	Label  string // as the list shows it, safe for a terminal
	Detail string
}

// List is the completions of one word.
type List struct {
	Start, End int // the word, in bytes
	Items      []Item
}

// most is how many completions are offered: more are found by writing on.
const most = 50

// At lists the completions of the word before the cursor, the best first. Unless
// asked, it offers none for what is hardly begun or complete already.
func (b Book) At(s string, cursor int, asked bool) List {
	start, sigil := word(s, cursor)
	l := List{Start: start, End: cursor}
	typed := s[start+len(sigil) : cursor]
	switch sigil {
	case "/":
		if start == 0 {
			l.Items = commands(typed)
		}
	case "@":
		l.Items = b.people(typed)
	case "#":
		l.Items = b.rooms(typed)
	case ":":
		if len(typed) >= 2 || asked {
			l.Items = b.emojis(typed)
		}
	}
	if whole := strings.TrimSpace(s[start:cursor]); !asked && slices.ContainsFunc(l.Items, func(it Item) bool { return strings.TrimSpace(it.Insert) == whole }) {
		l.Items = nil // what is written already is meant
	}
	return l
}

// word is where the word before the cursor begins, and the sign it begins with.
func word(s string, cursor int) (start int, sigil string) {
	start = cursor
	for start > 0 {
		r, n := utf8.DecodeLastRuneInString(s[:start])
		if unicode.IsSpace(r) || r == '(' {
			break
		}
		start -= n
	}
	if start < cursor && strings.ContainsRune("/@#:", rune(s[start])) {
		return start, s[start : start+1]
	}
	return start, ""
}

func commands(typed string) (items []Item) {
	for _, k := range slash.All() {
		if strings.HasPrefix(k.Name, typed) {
			insert := "/" + k.Name
			if k.Usage != "" {
				insert += " "
			}
			items = append(items, Item{Insert: insert, Label: strings.TrimSpace("/" + k.Name + " " + k.Usage), Detail: k.Help})
		}
	}
	return items
}

func (b Book) people(typed string) []Item {
	typed = strings.ToLower(typed)
	return ranked(len(b.People), func(i int) (Item, int) {
		p := b.People[i]
		at := rank(p.Handle, typed)
		if name := rank(strings.ToLower(p.Name), typed); at < 0 || name >= 0 && name < at {
			at = name
		}
		return Item{Insert: "@" + p.Handle + " ", Label: "@" + text.Show(p.Handle), Detail: text.Show(p.Name)}, at
	})
}

func (b Book) rooms(typed string) []Item {
	typed = strings.ToLower(typed)
	return ranked(len(b.Rooms), func(i int) (Item, int) {
		return Item{Insert: "#" + b.Rooms[i] + " ", Label: "#" + text.Show(b.Rooms[i])}, rank(strings.ToLower(b.Rooms[i]), typed)
	})
}

func (b Book) emojis(typed string) []Item {
	typed = strings.ToLower(typed)
	return ranked(len(b.emoji), func(i int) (Item, int) {
		return b.emoji[i], rank(strings.Trim(b.emoji[i].Detail, ":"), typed)
	})
}

// ranked lists the items whose rank is not negative, the lowest first.
func ranked(n int, at func(int) (Item, int)) []Item {
	var found [3][]Item
	for i := range n {
		if it, rank := at(i); rank >= 0 {
			found[rank] = append(found[rank], it)
		}
	}
	all := slices.Concat(found[0], found[1], found[2])
	return all[:min(len(all), most)]
}

// rank is 0 where name is what was typed, 1 where it begins with that, 2 where
// one of its later words does, -1 elsewhere.
func rank(name, typed string) int {
	switch i := strings.Index(name, typed); {
	case name == typed:
		return 0
	case i == 0:
		return 1
	case i > 0 && strings.ContainsAny(name[i-1:i], " _-."):
		return 2
	}
	return -1
}

// Emoji is the emoji of a name between colons, ":tada:".
func (b Book) Emoji(name string) (string, bool) {
	at, found := slices.BinarySearchFunc(b.emoji, name, func(it Item, name string) int { return strings.Compare(it.Detail, name) })
	if !found {
		return "", false
	}
	return b.emoji[at].Insert, true
}

// plain are the names that people write; the table has others, with capitals and signs, for the same emoji.
var plain = regexp.MustCompile(`^:[a-z0-9_+-]{2,}:$`)

func emojis() []Item {
	var items []Item
	for name, glyph := range emoji.CodeMap() {
		if plain.MatchString(name) {
			items = append(items, Item{Insert: glyph, Label: glyph, Detail: name})
		}
	}
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Detail, b.Detail) })
	return items
}
