// Package attention decides what is read and what rings, and rings.
//
// The terminal says whether its window has the focus. With the focus what is on
// the screen is read and nothing rings; without it nothing is read and every
// message rings. Where the terminal does not say, what is on the screen is read,
// and what is not rings. A Model belongs to one screen.
package attention

import "time"

// quiet is how long nothing rings after something did.
const quiet = 3 * time.Second

type focus int

const (
	unknown focus = iota
	in
	out
)

// Model is where the reader looks. The zero Model has not been told.
type Model struct {
	focus focus
	rang  time.Time
}

// Focus is told that the window has the focus.
func (m Model) Focus() Model { m.focus = in; return m }

// Blur is told that it lost it.
func (m Model) Blur() Model { m.focus = out; return m }

// Reads reports whether what is on the screen counts as read.
func (m Model) Reads() bool { return m.focus != out }

// Note is something worth ringing for; strangers' text may be in it.
type Note struct {
	Title string // who, and where
	Body  string // what
}

// Message is one that arrived.
type Message struct {
	Note
	Shown   bool // its conversation is on the screen
	Muted   bool // its conversation is
	Mention bool // it mentions the reader
}

// Ring takes what arrived since the last frame and says what to ring for, once.
// It holds its peace for some seconds after it rang.
func (m Model) Ring(arrived []Message, now time.Time) (Model, Note, bool) {
	var best *Message
	n := 0
	for i := range arrived {
		a := &arrived[i]
		if m.focus == in || m.focus == unknown && a.Shown || a.Muted && !a.Mention {
			continue
		}
		n++
		if best == nil || a.Mention && !best.Mention {
			best = a
		}
	}
	if best == nil || now.Sub(m.rang) < quiet {
		return m, Note{}, false
	}
	m.rang = now
	note := best.Note
	if n > 1 {
		note.Title = more(note.Title, n-1)
	}
	return m, note, true
}
