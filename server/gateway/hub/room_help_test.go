package hub_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
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

func (l *log) at(c api.ConversationID, seq int64) topic.Live {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entries[c][seq-1]
}

// listener is a peer with what it is entitled to hear: after each joining, up to and including the removal.
type listener struct {
	*peer
	present  bool
	from     int64
	entitled []int64
}

func (p *listener) begin(from int64) { p.present, p.from = true, from }

func (p *listener) end(at int64) {
	for seq := p.from + 1; p.present && seq <= at; seq++ {
		p.entitled = append(p.entitled, seq)
	}
	p.present = false
}

// until reads up to a frame.
func (p *peer) until(end string) (heard []string) {
	p.t.Helper()
	for {
		text, err := p.read()
		if err != nil {
			p.t.Fatal(err)
		}
		if text == end {
			return heard
		}
		heard = append(heard, text)
	}
}

// client is a peer that attaches as the gateway does, and knows each room up to
// some seq: from its head, or because it heard all entries up to it.
type client struct {
	*peer
	log   *log
	known map[api.ConversationID]int64
}

func (c *client) attach(rooms []api.ConversationID) error {
	for _, room := range rooms {
		c.known[room] = max(c.known[room], c.log.last(room))
		if _, err := c.conn.Join(c.t.Context(), room); err != nil {
			return err
		}
	}
	c.conn.GoLive([]byte("live"))
	for _, room := range rooms {
		if c.conn.Last(room) > c.known[room] {
			c.known[room] = c.log.last(room)
		}
	}
	if text, err := c.read(); err != nil || text != "live" {
		return fmt.Errorf("reading %q: %w", text, err)
	}
	return nil
}

// step reads one frame. An entry that is neither known nor the next is an error.
func (c *client) step(rooms []api.ConversationID) error {
	text, err := c.read()
	if err != nil {
		return err
	}
	if strings.Contains(text, "lagging") {
		return c.attach(rooms)
	}
	room, seq := split(text)
	if seq > c.known[room]+1 {
		return fmt.Errorf("seq %d came after %d", seq, c.known[room])
	}
	c.known[room] = max(c.known[room], seq)
	return nil
}

func (c *client) behind(last int64) bool {
	for _, n := range c.known {
		if n < last {
			return true
		}
	}
	return false
}

// split is an entry's frame as the log makes it.
func split(text string) (room api.ConversationID, seq int64) {
	id, n, _ := strings.Cut(text, " ")
	n, _, _ = strings.Cut(n, "x") // padding
	var err error
	if seq, err = strconv.ParseInt(n, 10, 64); err != nil {
		panic(text)
	}
	if err := room.UnmarshalText([]byte(id)); err != nil {
		panic(text)
	}
	return room, seq
}
