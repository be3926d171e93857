package hub_test

import (
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
)

// resyncing is a live channel that can be told to have lost something.
type resyncing struct {
	bus.Live
	receiver bus.Receiver
}

func (l *resyncing) Listen(r bus.Receiver) bus.Interest {
	l.receiver = r
	return l.Live.Listen(r)
}

func (l *log) last(c api.ConversationID) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.entries[c]))
}

// split is an entry's frame as the log makes it.
func split(text string) (room string, seq int64) {
	if _, err := fmt.Sscanf(text, "%s %d", &room, &seq); err != nil {
		panic(err)
	}
	return room, seq
}
