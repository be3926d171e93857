package chat

import "github.com/chatctl/chatctl/tui/words"

// note says something in the bar.
func (m *Model) note(s string, alarm bool) { m.bar.Tell(s, alarm, m.now) }

// object says what is wrong with what is written.
func (m *Model) object(err error) {
	m.note(words.Of(err), true)
	m.bar.About(m.composer.Text())
}

// unnote takes the note back: the person has gone on to something else.
func (m *Model) unnote() { m.bar.Unsay() }

func (m *Model) forget() { m.bar.Forget(m.now, m.composer.Text()) }
