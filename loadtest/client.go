package loadtest

import (
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/socket"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// client is one person on one connection. Its reader goroutine runs read.
type client struct {
	swarm *swarm
	id    int
	who   api.Credential
	conn  *socket.Conn
	ready chan struct{} // closed once live
	out   *sender       // nil: this one never sends

	// Of the reader.
	at     time.Duration // when the current batch came
	isLive bool
	ledger *measure.Ledger // nil: what comes does not count
	lats   []time.Duration // of the current batch
	runs   []run           // of the current batch
	fresh  int64           // of the current batch

	// Written by the reader after each batch, for the sweep.
	upTo atomic.Int64 // every place of the conversation up to here came
	gap  atomic.Bool  // and a later one too
	had  atomic.Int64 // messages that came
	room atomic.Pointer[api.ConversationID]
	seen int64 // of the sweep: upTo at its last round, while there was a gap
}

// run is a number of deliveries of one sender's messages, one after the other.
type run struct {
	sender int
	n      int64
}

// read works until the connection ends, and returns why.
func (c *client) read() error {
	for {
		c.at = -1
		err := c.conn.Next(c.frame)
		c.settle()
		if err != nil {
			return err
		}
	}
}

func (c *client) frame(b []byte) {
	if c.at < 0 {
		c.at = c.swarm.clock.now()
	}
	switch e := c.swarm.driver.Read(b); e.Kind {
	case wire.Delivered:
		c.deliver(e.Seq, e.Text, false)
	case wire.Batch:
		c.pulled(e)
	case wire.Accepted, wire.Done, wire.Failed:
		if c.out == nil || e.N < 0 {
			c.swarm.fail(e.Why)
			return
		}
		c.out.answer(e, c.at)
	case wire.Behind:
		c.stands(e.Heads)
	case wire.Lagging:
		c.swarm.lagging.Add(1)
	case wire.Live:
		if !c.isLive {
			c.isLive = true
			close(c.ready)
		}
	}
}

// stands takes in where conversations are: before the client is live that is
// where it begins, later it shows what has not come.
func (c *client) stands(heads []api.Head) {
	if c.ledger == nil {
		return
	}
	for _, h := range heads { // one: a receiver is in one conversation
		c.room.CompareAndSwap(nil, &h.Conversation)
		if *c.room.Load() != h.Conversation {
			continue
		}
		if c.isLive {
			c.ledger.Behind(h.LastSeq)
		} else {
			c.ledger.Begin(h.LastSeq)
		}
	}
}

func (c *client) deliver(seq int64, text []byte, pulled bool) {
	if c.ledger == nil {
		return
	}
	st, ok := wire.ParseStamp(text)
	if !ok {
		c.ledger.Other(seq)
		return
	}
	if !c.ledger.Note(measure.Message{Sender: st.Sender, N: st.N, Floor: st.Floor, Seq: seq, Pulled: pulled}) {
		return
	}
	c.fresh++
	if st.Due >= c.swarm.measureFrom() {
		c.lats = append(c.lats, c.at-st.Due)
	}
	if k := len(c.runs) - 1; k >= 0 && c.runs[k].sender == st.Sender {
		c.runs[k].n++
		return
	}
	c.runs = append(c.runs, run{st.Sender, 1})
}

// pulled takes in what was asked for, and asks for the rest.
func (c *client) pulled(e wire.Event) {
	for _, entry := range e.Entries {
		ev := wire.Entry(entry)
		c.deliver(ev.Seq, ev.Text, true)
	}
	if e.More && c.conn.Write(c.swarm.driver.Pull(e.Conversation, e.Next)) != nil {
		return // the reader meets the same end
	}
}

// settle tells the swarm what one read brought, all at once.
func (c *client) settle() {
	if c.ledger == nil || c.at < 0 {
		return
	}
	after, gap := c.ledger.Gap()
	c.upTo.Store(after)
	c.gap.Store(gap)
	if c.fresh == 0 {
		return
	}
	c.had.Add(c.fresh)
	c.swarm.arrived(c.id, c.at, c.fresh, c.lats)
	for _, r := range c.runs {
		c.swarm.senders[r.sender].credit(delivery, r.n)
	}
	c.fresh, c.lats, c.runs = 0, c.lats[:0], c.runs[:0]
}
