// Package history keeps what people asked a server for and what they saw of it,
// and holds that against the promises.
//
// It knows the contract (api) and nothing behind it: whoever records tells it
// what came over the wire. Check is pure: the same history gives the same
// verdicts. Recording may be done concurrently; fields are read, and Check is
// called, once nobody records any more.
package history

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// History is who asked for what and who saw what in one run, as the people saw it.
type History struct {
	start time.Time

	mu      sync.Mutex
	Asked   []*Asked
	Seen    []Seen
	Heads   []SeenHead
	Greeted []Greeted
	Barred  []Barred
	Erased  []Erased
	Office  []api.ConversationID // where an administrator asked for something
	Final   []Final
	sockets int

	latest map[seat]api.Head  // of each person, also over a restore: who is who
	past   map[api.Epoch]bool // epochs of stores that this one was restored from
}

// seat is a person in a conversation.
type seat struct {
	person string
	conv   api.ConversationID
}

// Asked is one action of one person. Times are since the run began; zero: not yet.
type Asked struct {
	Person   string
	Session  api.SessionID
	Action   api.Action
	At       time.Duration // first try
	Accepted time.Duration
	Results  []api.Result  // every one that was told, in order, by socket or by request
	Answered time.Duration // the first of them
	Rejected *api.Problem  // said to be not accepted, for good
	Outcome  *api.Result   // as stored, read after the run
}

// outcome is what is stored, or for one who cannot read that any more what they were told.
func (x *Asked) outcome() api.Result {
	switch {
	case x.Outcome != nil:
		return *x.Outcome
	case len(x.Results) > 0:
		return x.Results[0]
	}
	return api.Result{}
}

// Seen is an entry that came on a socket as it happened.
type Seen struct {
	Person string
	Socket int // of NewSocket
	Entry  api.Entry
	Fresh  bool // a head of the conversation came on this socket since its last entry: it may begin anywhere
}

// SeenHead is a head that a person read, one after the other.
type SeenHead struct {
	Person string
	Head   api.Head
}

// Greeted is the epoch that a person met on a new connection.
type Greeted struct {
	Person string
	Epoch  api.Epoch
}

// Barred is one whose end was acknowledged: a session, or with the zero session
// a person, from the acknowledgement until the end of it was asked for. Until 0
// is for ever.
type Barred struct {
	Person      string
	Session     api.SessionID
	From, Until time.Duration
}

// Erased is a person whose erasure was acknowledged. Once the run is calm it is done.
type Erased struct {
	Person string
	At     time.Duration
}

// Final is what a person can read of a conversation once all is calm.
type Final struct {
	Person string
	Head   api.Head
	Page   api.Page // the whole log as this person sees it
	// Messages are all messages as they stand for this person.
	Messages []api.Entry
}

// New begins a history now.
func New() *History {
	return &History{start: time.Now(), latest: map[seat]api.Head{}, past: map[api.Epoch]bool{}}
}

// Now is the moment in the history's time.
func (h *History) Now() time.Duration { return time.Since(h.start) }

// Ask records an action before its first try.
func (h *History) Ask(person string, session api.SessionID, a api.Action) *Asked {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := &Asked{Person: person, Session: session, Action: a, At: h.Now()}
	h.Asked = append(h.Asked, x)
	return x
}

// Accept records that x was accepted.
func (h *History) Accept(x *Asked) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if x.Accepted == 0 {
		x.Accepted = h.Now()
	}
}

// Answer records a result that was told.
func (h *History) Answer(x *Asked, r api.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.Results = append(x.Results, r)
	if x.Answered == 0 {
		x.Answered = h.Now()
	}
}

// Reject records that x was not accepted, for good.
func (h *History) Reject(x *Asked, p *api.Problem) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.Rejected = p
}

// See records an entry that came on a socket.
func (h *History) See(s Seen) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Seen = append(h.Seen, s)
}

// Head records a head that a person read.
func (h *History) Head(person string, head api.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Heads = append(h.Heads, SeenHead{person, head})
	h.latest[seat{person, head.Conversation}] = head
}

// Know records who a person is in a conversation, by a head that is not
// compared with others: it may be older than one that came another way.
func (h *History) Know(person string, head api.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.latest[seat{person, head.Conversation}] = head
}

// NewSocket numbers a new connection.
func (h *History) NewSocket() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sockets++
	return h.sockets
}

// Greet records the epoch of a new connection.
func (h *History) Greet(person string, e api.Epoch) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Greeted = append(h.Greeted, Greeted{person, e})
}

// Bar records that the end of a person's session, or with the zero session of
// all that the person may do, was acknowledged now. Readmit ends it.
func (h *History) Bar(person string, session api.SessionID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Barred = append(h.Barred, Barred{Person: person, Session: session, From: h.Now()})
}

// Readmit records that the end of a person's bar is asked for now.
func (h *History) Readmit(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.Barred {
		if b := &h.Barred[i]; b.Person == person && b.Session.IsZero() && b.Until == 0 {
			b.Until = h.Now()
		}
	}
}

// Erase records that a person's erasure was acknowledged now.
func (h *History) Erase(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	at := h.Now()
	h.Erased = append(h.Erased, Erased{person, at})
	h.Barred = append(h.Barred, Barred{Person: person, From: at})
}

// Administer records that an administrator asks for something in a conversation now.
func (h *History) Administer(c api.ConversationID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Office = append(h.Office, c)
}

// IsErased tells whether a person's erasure was acknowledged.
func (h *History) IsErased(person string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.Erased, func(e Erased) bool { return e.Person == person })
}

// End records what a person can read of a conversation once all is calm.
func (h *History) End(f Final) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Final = append(h.Final, f)
	h.latest[seat{f.Person, f.Head.Conversation}] = f.Head
}

// Answered is how many actions have been answered.
func (h *History) Answered() (n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.Asked {
		if x.Answered != 0 {
			n++
		}
	}
	return n
}

// Sent are the results of the messages that a person knows to have sent.
func (h *History) Sent(person string) (sent []api.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, x := range h.Asked {
		if x.Person == person && len(x.Results) > 0 && x.Results[0].Outcome == api.MessageSent {
			sent = append(sent, x.Results[0])
		}
	}
	return sent
}

// HasSeen tells whether an entry of a conversation at or after seq came on a socket of the person's.
func (h *History) HasSeen(person string, c api.ConversationID, seq int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.Seen {
		if s.Person == person && s.Entry.Conversation == c && s.Entry.Seq >= seq {
			return true
		}
	}
	return false
}

// Restored begins the history of a server that was restored from a backup which
// began at a moment of h: what had been answered by then is promised still, all
// else that had been asked for may have happened or not. Sessions have ended,
// and who was erased stays erased, if the restore was told (promises, rules 22 and 23).
func (h *History) Restored(began time.Duration) *History {
	h.mu.Lock()
	defer h.mu.Unlock()
	after := New()
	after.start, after.latest, after.past = h.start, maps.Clone(h.latest), maps.Clone(h.past)
	after.Erased = append(after.Erased, h.Erased...)
	after.Office = append(after.Office, h.Office...)
	for _, g := range h.Greeted {
		after.past[g.Epoch] = true
	}
	now := h.Now()
	ended := map[api.SessionID]bool{}
	for _, x := range h.Asked {
		y := &Asked{Person: x.Person, Session: x.Session, Action: x.Action, At: x.At}
		if x.Answered != 0 && x.Answered < began {
			y.Accepted, y.Results, y.Answered = x.Accepted, x.Results, x.Answered
		}
		after.Asked = append(after.Asked, y)
		if !ended[x.Session] {
			ended[x.Session] = true
			after.Barred = append(after.Barred, Barred{Person: x.Person, Session: x.Session, From: now})
		}
	}
	for _, b := range h.Barred {
		if b.From < began && (b.Until == 0 || b.Until < began) {
			after.Barred = append(after.Barred, b)
		}
	}
	return after
}
