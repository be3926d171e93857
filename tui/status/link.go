package status

import (
	"github.com/chatctl/chatctl/server/client/stream"
	"github.com/chatctl/chatctl/tui/words"
)

// Link is how the program stands with its server.
type Link int

// The ways to stand.
const (
	Connecting Link = iota
	CatchingUp
	Live
	Offline
	Ended // and it will not come back by itself
)

// Connected reports whether there is a connection.
func (b *Bar) Connected() bool { return b.Link == Live || b.Link == CatchingUp }

// Stand takes how the stream stands.
func (b *Bar) Stand(s stream.State) {
	was := b.Link
	b.Missing, b.Retry, b.Why = s.Missing, s.Retry, words.Of(s.Err)
	switch s.Phase {
	case stream.Connecting:
		if was != Offline {
			b.Link = Connecting
		}
	case stream.CatchingUp:
		b.Link = CatchingUp
	case stream.Live:
		b.Link = Live
	case stream.Offline:
		b.Link, b.Lag = Offline, 0
		if s.Retry.IsZero() {
			b.Link = Ended // which End tells, too, before or after
		}
	}
}

// End takes why the program cannot go on with its server.
func (b *Bar) End(err error) { b.Link, b.Why, b.Missing = Ended, words.Of(err), 0 }
