package swarm

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/chatctl/chatctl/loadtest/measure"
	"github.com/chatctl/chatctl/loadtest/socket"
	"github.com/chatctl/chatctl/loadtest/wire"
	"github.com/chatctl/chatctl/server/api"
)

// Client is one person on one connection at a time, which its reader goroutine
// reads. Its exported fields are set before it connects.
type Client struct {
	ID     int
	Who    api.Credential
	Out    *Sender         // nil: this one never sends
	Hears  []*Sender       // whose messages it should get
	Ledger *measure.Ledger // what came, for after the reader's end; nil: it does not count
	Slow   bool            // stops reading when the measuring begins

	// Of one connection. Ended is closed when its reader has ended; EndedAt, and
	// After, when the server wants to see it again (0: it did not say), are then set.
	Ended   chan struct{}
	EndedAt time.Duration
	After   time.Duration

	swarm   *Swarm
	conn    *socket.Conn
	ready   chan struct{} // closed once live
	leaving atomic.Bool   // it is closed on purpose
	settled chan struct{} // slow: closed once it has caught up
	why     error         // the connection ended

	// Of the reader.
	at     time.Duration // when the current batch came
	isLive bool
	lagged bool
	lats   []time.Duration // of the current batch, from when messages were due
	raws   []time.Duration // … from when they left
	before []time.Duration // … of those that were due before slow readers stopped
	runs   []run           // of the current batch
	fresh  int64           // of the current batch

	// Written by the reader after each batch, for the repair.
	upTo atomic.Int64 // every place of the conversation up to here came
	gap  atomic.Bool  // and a later one too
	had  atomic.Int64 // messages that came
	room atomic.Pointer[api.ConversationID]
	seen int64 // of the repair: upTo at its last round, while there was a gap
}

// In says which conversation the client is in; without it, the first that the
// server tells of.
func (c *Client) In(conversation api.ConversationID) { c.room.Store(&conversation) }

// run is a number of deliveries of one sender's messages, one after the other.
type run struct {
	sender int
	n      int64
}

// begin takes a new connection. No reader is running.
func (c *Client) begin(conn *socket.Conn) {
	c.conn, c.ready, c.Ended, c.settled = conn, make(chan struct{}), make(chan struct{}), make(chan struct{})
	c.leaving.Store(false)
	c.isLive, c.After, c.why = false, 0, nil
}

// Leave ends the connection, if there is one, and waits for its reader.
func (c *Client) Leave() {
	if c.conn == nil {
		return
	}
	c.leaving.Store(true)
	c.conn.Close()
	<-c.Ended
}

// Cut ends the connection without a word to its reader, which finds out.
func (c *Client) Cut() { c.conn.Close() }

// read works until the connection ends.
func (c *Client) read() {
	for c.why == nil {
		if c.Slow && c.isLive && c.swarm.isMeasuring() {
			<-c.swarm.resume
		}
		c.at = -1
		c.why = c.conn.Next(c.frame)
		c.settle()
	}
	c.conn.Close() // what the server ended has to be given back, too
	c.EndedAt = c.swarm.Clock.Now()
	if c.isLive {
		c.swarm.Live.Add(-1)
	}
	if !c.leaving.Load() && !c.swarm.closing.Load() {
		c.lost()
	}
	close(c.Ended)
}

// lost judges an end that was not the test's own doing.
func (c *Client) lost() {
	switch {
	case c.Slow && c.swarm.isMeasuring():
		c.swarm.SlowClosed.Add(1)
	case c.swarm.Dropping.Load(): // reconnect: it comes back
	default:
		c.swarm.Fail(fmt.Sprintf("client %d: %v", c.ID+1, c.why))
	}
}

func (c *Client) frame(b []byte) {
	if c.at < 0 {
		c.at = c.swarm.Clock.Now()
	}
	switch e := c.swarm.Driver.Read(b); e.Kind {
	case wire.Delivered:
		c.deliver(e.Seq, e.Text, false)
	case wire.Batch:
		c.pulled(e)
	case wire.Accepted, wire.Done, wire.Failed:
		if c.Out == nil || e.N < 0 {
			c.swarm.Fail(e.Why)
			return
		}
		c.Out.answer(e, c.at)
	case wire.Behind:
		c.stands(e.Heads)
	case wire.Lagging:
		c.lags()
	case wire.Away:
		c.After = max(e.After, time.Millisecond)
	case wire.Live:
		if !c.isLive {
			c.isLive = true
			c.swarm.Live.Add(1)
			close(c.ready)
		}
	}
}

func (c *Client) lags() {
	if !c.Slow {
		c.swarm.Lagging.Add(1)
	} else if !c.lagged {
		c.lagged = true
		c.swarm.SlowLagging.Add(1)
	}
}

// caughtUp says that a slow reader has read all that came while it did not.
func (c *Client) caughtUp() {
	select {
	case <-c.settled:
	default:
		close(c.settled)
	}
}

// stands takes in where conversations are: before the client is live that is
// where it begins, later it shows what has not come.
func (c *Client) stands(heads []api.Head) {
	if c.Ledger == nil {
		return
	}
	for _, h := range heads { // one: a receiver is in one conversation
		c.room.CompareAndSwap(nil, &h.Conversation)
		if *c.room.Load() != h.Conversation {
			continue
		}
		if c.isLive {
			c.Ledger.Behind(h.LastSeq)
		} else {
			c.Ledger.Begin(h.LastSeq)
		}
	}
}

func (c *Client) deliver(seq int64, text []byte, pulled bool) {
	if c.Ledger == nil {
		return
	}
	st, ok := wire.ParseStamp(text)
	if !ok {
		c.Ledger.Other(seq)
		return
	}
	if !c.Ledger.Note(measure.Message{Sender: st.Sender, N: st.N, Floor: st.Floor, Seq: seq, Pulled: pulled}) {
		return
	}
	c.fresh++
	if lat := c.at - st.Due; st.Due >= c.swarm.measureFrom() {
		c.lats, c.raws = append(c.lats, lat), append(c.raws, lat-st.Late)
	} else if int64(st.Due) >= c.swarm.Base.Load() {
		c.before = append(c.before, lat)
	}
	if k := len(c.runs) - 1; k >= 0 && c.runs[k].sender == st.Sender {
		c.runs[k].n++
		return
	}
	c.runs = append(c.runs, run{st.Sender, 1})
}

// pulled takes in what was asked for, and asks for the rest.
func (c *Client) pulled(e wire.Event) {
	if c.Slow {
		c.caughtUp()
		return
	}
	for _, entry := range e.Entries {
		ev := wire.Entry(entry)
		c.deliver(ev.Seq, ev.Text, true)
	}
	if e.More && c.conn.Write(c.swarm.Driver.Pull(e.Conversation, e.Next)) != nil {
		return // the reader meets the same end
	}
}

// settle tells the swarm what one read brought, all at once.
func (c *Client) settle() {
	if c.Ledger == nil || c.at < 0 {
		return
	}
	after, gap := c.Ledger.Gap()
	c.upTo.Store(after)
	c.gap.Store(gap)
	if c.fresh == 0 {
		return
	}
	c.had.Add(c.fresh)
	c.swarm.arrived(c)
	for _, r := range c.runs {
		c.swarm.Senders[r.sender].credit(Deliveries, r.n)
	}
	c.fresh, c.runs = 0, c.runs[:0]
	c.lats, c.raws, c.before = c.lats[:0], c.raws[:0], c.before[:0]
}
