package status

import "time"

// noteFor is how long a note stays at most.
const noteFor = 12 * time.Second

// noted is what a note depends on.
type noted struct {
	at    time.Time // when it was set
	about bool      // it is about what is being written,
	said  string    // which was this
}

// Tell sets the note.
func (b *Bar) Tell(s string, alarm bool, now time.Time) {
	b.Note, b.Alarm, b.noted = s, alarm, noted{at: now}
}

// About says that the note is about what is being written.
func (b *Bar) About(written string) { b.noted.about, b.noted.said = true, written }

// Objects reports whether the note is about what is being written.
func (b *Bar) Objects() bool { return b.noted.about }

// Unsay takes the note back.
func (b *Bar) Unsay() { b.Note, b.noted = "", noted{} }

// Forget takes the note back when it is old, or what it is about is written otherwise now.
func (b *Bar) Forget(now time.Time, written string) {
	if now.Sub(b.noted.at) > noteFor || b.noted.about && written != b.noted.said {
		b.Unsay()
	}
}
