package chat

import (
	"time"

	"github.com/chatctl/chatctl/tui/words"
)

// noteFor is how long a note stays at most.
const noteFor = 12 * time.Second

// noted is what the bar's note depends on.
type noted struct {
	at   time.Time // when it was set
	text bool      // it is about what is written in the composer,
	said string    // which was this
}

// note says something in the bar.
func (m *Model) note(s string, alarm bool) {
	m.bar.Note, m.bar.Alarm, m.noted = s, alarm, noted{at: m.now}
}

// object says what is wrong with what is written.
func (m *Model) object(err error) {
	m.note(words.Of(err), true)
	m.noted.text, m.noted.said = true, m.composer.Text()
}

// unnote takes the note back: the person has gone on to something else.
func (m *Model) unnote() { m.bar.Note, m.noted = "", noted{} }

// forget takes it back when it is old, or what it is about is written otherwise now.
func (m *Model) forget() {
	if m.now.Sub(m.noted.at) > noteFor || m.noted.text && m.composer.Text() != m.noted.said {
		m.unnote()
	}
}
