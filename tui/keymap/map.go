package keymap

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// Map is the bindings in force.
type Map struct {
	set   string
	rows  []row
	find  map[Context]map[string]Action // chords by their keys with a space between
	begin map[Context]map[string]bool   // what chords begin with
	told  func(Action, string)          // nil: nobody
}

type row struct {
	action Action
	help   string
	chords []string
	line   int // of the file, 0 for a set's own
}

// Default is the set with the keys of shells and readline.
func Default() *Map { return made("default", func(b binding) []string { return b.standard }) }

// Vim is the set for people whose fingers know vi: select mode is its normal mode.
func Vim() *Map {
	return made("vim", func(b binding) []string {
		if b.vim != nil {
			return b.vim
		}
		return b.standard
	})
}

func made(set string, keys func(binding) []string) *Map {
	m := &Map{set: set}
	for _, b := range bindings() {
		m.rows = append(m.rows, row{action: b.action, help: b.help, chords: keys(b)})
	}
	m.index()
	return m
}

func (m *Map) index() {
	m.find, m.begin = map[Context]map[string]Action{}, map[Context]map[string]bool{}
	for _, c := range contexts {
		m.find[c.context], m.begin[c.context] = map[string]Action{}, map[string]bool{}
	}
	for _, r := range m.rows {
		for _, chord := range r.chords {
			m.find[r.action.Context()][chord] = r.action
			for i, c := range chord {
				if c == ' ' {
					m.begin[r.action.Context()][chord[:i]] = true
				}
			}
		}
	}
}

// Of returns the keys of an action as people read them, "" when it has none.
func (m *Map) Of(a Action) string {
	for _, r := range m.rows {
		if r.action == a && len(r.chords) > 0 {
			return Shown(r.chords[0])
		}
	}
	return ""
}

// Group is a part of the help page.
type Group struct {
	Heading string
	Rows    []Row
}

// Row is one action of the help page with all its keys.
type Row struct {
	Action Action
	Keys   []string
	Help   string
}

// Help is the help page: every action that has a key, as bound now.
func (m *Map) Help() []Group {
	var groups []Group
	for _, c := range contexts {
		g := Group{Heading: c.heading}
		for _, r := range m.rows {
			if r.action.Context() != c.context || len(r.chords) == 0 {
				continue
			}
			shown := Row{Action: r.action, Help: r.help}
			for _, chord := range r.chords {
				shown.Keys = append(shown.Keys, Shown(chord))
			}
			g.Rows = append(g.Rows, shown)
		}
		if len(g.Rows) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

// Deed is an action, and the word that a line of hints has for it.
type Deed struct {
	Action Action
	Does   string
}

// Shown is a chord as the help page writes it: alt-k, ctrl-x ctrl-e, space.
func Shown(chord string) string {
	keys := strings.Fields(chord)
	for i, k := range keys {
		for _, mod := range []string{"ctrl", "alt", "shift"} {
			k = strings.Replace(k, mod+"+", mod+"-", 1)
		}
		keys[i] = k
	}
	return strings.Join(keys, " ")
}

// check reports what is wrong with the bindings together: one complaint a pair.
func (m *Map) check() []error {
	var wrong []error
	type use struct {
		row   row
		chord string
	}
	var uses []use
	for _, r := range m.rows {
		for _, chord := range r.chords {
			for _, u := range uses {
				if !together(r.action.Context(), u.row.action.Context()) || !clash(chord, u.chord) {
					continue
				}
				wrong = append(wrong, conflict(r, chord, u.row, u.chord))
			}
			uses = append(uses, use{r, chord})
		}
	}
	return wrong
}

// clash reports whether one chord is the other, or how it begins.
func clash(a, b string) bool {
	return a == b || strings.HasPrefix(a, b+" ") || strings.HasPrefix(b, a+" ")
}

func conflict(a row, chord string, b row, other string) error {
	if a.line < b.line {
		a, b, chord, other = b, a, other, chord
	}
	what := "is also"
	if chord != other {
		what = "and " + Shown(other) + " begin alike, which is"
	}
	where := "by the set"
	if b.line > 0 {
		where = fmt.Sprintf("on line %d", b.line)
	}
	return &Mistake{Line: a.line, Text: fmt.Sprintf("%s: %s %s %s, %s: give one of them another key, or [] for none",
		a.action, Shown(chord), what, b.action, where)}
}

// Tell has told called with every chord that is pressed and the action it asks
// for, by whoever reads with m: so tests know which bindings are in use.
func (m *Map) Tell(told func(Action, string)) { m.told = told }

// Keys turns the key presses of one screen into actions. The zero value knows no key.
type Keys struct {
	m    *Map
	held string // the beginning of a chord
}

// Keys begins to read with m.
func (m *Map) Keys() Keys { return Keys{m: m} }

// Press says what a key asks for in the contexts, of which the first that knows it
// decides. What was pasted is never a key, nor is text of which several characters
// came at once: what is typed over a slow line, or pasted where the terminal does
// not say so, would be the arrow down where it reads "down"; Split is for those who
// take no text. A key that breaks a chord is lost with it.
func (k *Keys) Press(msg tea.KeyMsg, in ...Context) Action {
	name := msg.String()
	if msg.Type == tea.KeySpace {
		name = strings.Replace(name, " ", "space", 1)
	}
	if k.m == nil || msg.Paste || len(msg.Runes) > 1 || name == "" {
		return None
	}
	broken := None
	if k.held != "" {
		name, broken = k.held+" "+name, Pending
		k.held = ""
	}
	for _, c := range in {
		if a := k.m.find[c][name]; a != None {
			if k.m.told != nil {
				k.m.told(a, Shown(name))
			}
			return a
		}
		if k.m.begin[c][name] {
			k.held = name
			return Pending
		}
	}
	return broken
}

// Holds reports whether a chord has begun, and shows it.
func (k Keys) Holds() (string, bool) { return Shown(k.held), k.held != "" }

// All lists every action, in the order of the help page.
func (m *Map) All() []Action {
	all := make([]Action, 0, len(m.rows))
	for _, r := range m.rows {
		all = append(all, r.action)
	}
	return slices.Clip(all)
}
