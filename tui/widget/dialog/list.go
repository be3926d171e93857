package dialog

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/tui/keymap"
	"github.com/chatctl/chatctl/tui/widget"
	"github.com/chatctl/chatctl/tui/widget/field"
	"github.com/sahilm/fuzzy"

	tea "github.com/charmbracelet/bubbletea"
)

// Choice is what a List offers.
type Choice struct {
	Name   string // which list it is, for Refill
	Title  string
	Items  []Item
	Filter bool   // a line above the items finds among them, fuzzily
	Empty  string // said where there is nothing to choose
	// Then is what is said of an accepted item, and ends the list. Nil: nothing can be accepted.
	Then func(Item) tea.Msg
	Help string // what that does to the item; "": choose it
	// Keys are what else can be done with an item, by an action of keymap's List
	// context. The list stays open.
	Keys []Deed
}

// Deed is something that can be done with an item of a list.
type Deed struct {
	Action keymap.Action
	Help   string
	Then   func(Item) tea.Msg
}

// Item is one line of a list.
type Item struct {
	Key    string // what it is, for who made the list
	Label  string
	Detail string // at the right
}

// Refill gives an open list other items; the chosen one stays chosen if it is among them.
type Refill struct {
	Name  string
	Items []Item
}

// List offers items to choose from.
func List(l Look, c Choice) Dialog {
	c.Title = text.Show(c.Title)
	m := list{look: l, c: c, keys: l.Keys.Keys(), find: field.New(200)}
	return m.match()
}

type list struct {
	look  Look
	c     Choice
	keys  keymap.Keys
	find  field.Field
	found []int // of Items
	at    int   // of found
	page  int   // lines, as last drawn or supposed
}

func (m list) Update(msg tea.Msg) (Dialog, tea.Cmd) {
	switch msg := msg.(type) {
	case Refill:
		if msg.Name == m.c.Name {
			return m.refill(msg.Items), nil
		}
	case tea.WindowSizeMsg:
		m.page = max(1, msg.Height-6)
	case tea.KeyMsg:
		return m.press(msg)
	}
	return m, nil
}

func (m list) press(key tea.KeyMsg) (Dialog, tea.Cmd) {
	a := m.keys.Press(key, keymap.List, keymap.Dialog, keymap.Composer)
	switch a {
	case keymap.ListUp:
		m.at--
	case keymap.ListDown:
		m.at++
	case keymap.ListPageUp:
		m.at -= max(1, m.page)
	case keymap.ListPageDown:
		m.at += max(1, m.page)
	case keymap.Dismiss:
		return nil, nil
	case keymap.Accept:
		if it, ok := m.chosen(); ok && m.c.Then != nil {
			return nil, say(m.c.Then(it))
		}
	default:
		for _, d := range m.c.Keys {
			if it, ok := m.chosen(); ok && d.Action == a {
				return m, say(d.Then(it))
			}
		}
		if m.c.Filter && m.find.Press(a, key) {
			m.at = 0
			return m.match(), nil
		}
	}
	m.at = min(max(0, m.at), max(0, len(m.found)-1))
	return m, nil
}

func (m list) chosen() (Item, bool) {
	if m.at >= len(m.found) {
		return Item{}, false
	}
	return m.c.Items[m.found[m.at]], true
}

// match finds the items for what is written, the best first.
func (m list) match() list {
	m.found = nil
	pattern := strings.TrimSpace(m.find.Text())
	if pattern == "" {
		for i := range m.c.Items {
			m.found = append(m.found, i)
		}
		return m
	}
	for _, f := range fuzzy.FindFrom(pattern, labels(m.c.Items)) {
		m.found = append(m.found, f.Index)
	}
	return m
}

func (m list) refill(items []Item) list {
	was, had := m.chosen()
	m.c.Items = items
	m = m.match()
	m.at = min(m.at, max(0, len(m.found)-1))
	for i, f := range m.found {
		if had && items[f].Key == was.Key {
			m.at = i
		}
	}
	return m
}

type labels []Item

func (l labels) String(i int) string { return l[i].Label }
func (l labels) Len() int            { return len(l) }

func (m list) View(width, height int) string {
	return m.look.frame(m.c.Title, m.hint(), width, height, 60, func(width, lines int) []string {
		var rows []string
		if m.c.Filter {
			rows = append(rows, m.find.View(width, true))
		}
		room := max(1, lines-len(rows))
		if len(m.found) == 0 {
			said := m.c.Empty
			if len(m.c.Items) > 0 {
				said = "none of that name"
			}
			for _, row := range wrapped(said, width) {
				rows = append(rows, m.look.Theme.Dim.Render(row))
			}
			return rows
		}
		whole := m.whole(width)
		room = max(1, room-len(whole))
		from := min(max(0, m.at-room/2), max(0, len(m.found)-room))
		for i := from; i < min(len(m.found), from+room); i++ {
			rows = append(rows, m.row(m.c.Items[m.found[i]], i == m.at, width))
			if i == m.at {
				rows = append(rows, whole...)
			}
		}
		return rows[:min(len(rows), max(1, lines))]
	})
}

// whole is the chosen item's detail in lines of its own, none where its row has
// room for it.
func (m list) whole(width int) (rows []string) {
	it, ok := m.chosen()
	if !ok || ansi.StringWidth(text.Show(it.Detail)) <= width/2 {
		return nil
	}
	for _, row := range wrapped(text.Show(it.Detail), max(1, width-4)) {
		rows = append(rows, "    "+m.look.Theme.Dim.Render(row))
	}
	return rows[:min(len(rows), 3)]
}

func (m list) row(it Item, chosen bool, width int) string {
	detail := text.Clip(it.Detail, width/2)
	label := text.Clip(it.Label, max(1, width-2-ansi.StringWidth(detail)-1))
	label = widget.Fill(label, width-2-ansi.StringWidth(detail))
	if chosen {
		return m.look.Theme.Cursor.Render("▸ " + label + detail)
	}
	return "  " + m.look.Theme.Text.Render(label) + m.look.Theme.Dim.Render(detail)
}

func (m list) hint() hint {
	h := hint{out: m.look.key(keymap.Dismiss, "close")}
	if len(m.found) == 0 {
		return h // there is nothing that the others could be about
	}
	if m.c.Then != nil {
		h.deeds = append(h.deeds, m.look.key(keymap.Accept, cmp.Or(m.c.Help, "choose")))
	}
	for _, d := range m.c.Keys {
		h.deeds = append(h.deeds, m.look.key(d.Action, d.Help))
	}
	if n := len(m.found); n > 1 {
		h.at = fmt.Sprintf("%d of %d", m.at+1, n)
	}
	return h
}
