package thread

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/tui/thread/journal"
	"github.com/chatctl/chatctl/tui/thread/render"
)

const (
	together = 5 * time.Minute // messages of one person that need no author each
	roomy    = 24              // lines from which on groups stand apart
	mostKept = 2000            // messages whose lines are kept
)

// drawn are an item's lines, and what they were drawn for.
type drawn struct {
	lines []string
	as    drawing
}

// drawing is all that an item's lines depend on.
type drawing struct {
	version int // of the model
	state   int // of the item
	as      render.As
}

// row is the lines of a row.
func (m *Model) row(i int) []string {
	items := m.log.Items()
	switch {
	case i <= 0:
		return []string{m.pen().Rule(m.notice())}
	case i > len(items)+len(m.pending):
		return nil
	case i > len(items):
		return m.waiting(i - len(items) - 1)
	}
	it := items[i-1]
	as := drawing{m.version, it.State, m.as(i - 1)}
	if d, ok := m.drawn[it.Seq]; ok && d.as == as {
		return d.lines
	}
	if len(m.drawn) >= mostKept {
		clear(m.drawn) // what is visible is soon there again
	}
	lines := m.pen().Entry(it, m.root(it.ReplyTo), as.as)
	m.drawn[it.Seq] = drawn{lines, as}
	return lines
}

func (m *Model) pen() render.Pen {
	return render.Pen{Theme: m.cfg.Theme, Markup: m.cfg.Markup, Location: m.cfg.Location, People: m.people, Width: m.width, Find: m.find}
}

// as is how an item stands among the others.
func (m *Model) as(i int) render.As {
	it := m.log.Items()[i]
	as := render.As{
		Day: it.Kind != journal.Hidden, New: it.Seq == m.newAt, Author: it.Kind == api.EntryMessage && !m.people.Folded(it.Sender),
		Chosen: m.cursor.on && m.cursor.seq == it.Seq,
	}
	if i > 0 {
		as.Day = as.Day && m.otherDay(i)
		as.Author = as.Author && (as.Day || as.New || !m.joins(m.log.Items()[i-1], it))
	}
	as.Spaced = as.Author && i > 0 && !as.Day && !as.New && m.height >= roomy
	if m.own(it) {
		as.Mark = m.people.MarkOf(it.Seq)
		if as.Last = m.lastOwn() == it.Seq; as.Last {
			as.Readers, as.Others = m.people.Readers(it.Seq)
		}
	}
	return as
}

// own reports whether an item is a message of the reader's that is there.
func (m *Model) own(it *journal.Item) bool {
	return it.Kind == api.EntryMessage && it.Sender == m.head.Me && !it.Gone
}

// joins reports whether a message needs no line with its author.
func (m *Model) joins(prev, it *journal.Item) bool {
	gap := it.Time.Std().Sub(prev.Time.Std())
	return prev.Kind == api.EntryMessage && prev.Sender == it.Sender && !m.people.Folded(prev.Sender) && gap < together && gap > -together
}

// otherDay reports whether an item is of another day than what is before it.
func (m *Model) otherDay(i int) bool {
	for k := i - 1; k >= 0; k-- {
		if m.log.Items()[k].Kind != journal.Hidden { // which has no time
			return m.pen().Day(m.log.Items()[k].Time) != m.pen().Day(m.log.Items()[i].Time)
		}
	}
	return true
}

// lastOwn is the seq of the last own message if it is among the last few.
func (m *Model) lastOwn() int64 {
	for i := len(m.log.Items()) - 1; i >= max(0, len(m.log.Items())-50); i-- {
		if it := m.log.Items()[i]; m.own(it) {
			return it.Seq
		}
	}
	return 0
}

// root is what is replied to, nil where it is not loaded: it is drawn without.
func (m *Model) root(seq int64) *journal.Item {
	if seq == 0 {
		return nil
	}
	it := m.log.Quoted(seq)
	if it == nil {
		m.missing[seq] = true
	}
	return it
}

// waiting is the lines of a pending message.
func (m *Model) waiting(i int) []string {
	p, items := m.pending[i], m.log.Items()
	first := i == 0 && (len(items) == 0 || items[len(items)-1].Sender != m.head.Me)
	return m.pen().Pending(p, m.root(p.ReplyTo), render.As{Author: first, Chosen: m.cursor.on && m.cursor.id == p.ID})
}
