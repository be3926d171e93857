package servertest

import (
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// History is who asked for what and who saw what in one run, as the people saw
// it. It is filled concurrently while the run lasts, and checked by Check after it.
type History struct {
	mu      sync.Mutex
	start   time.Time
	Asked   []*Asked
	Seen    []Seen
	Heads   []SeenHead
	Final   []Final
	Revoked []Revoked
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

// Seen is an entry that came on a socket as it happened.
type Seen struct {
	Person string
	Socket int // a number of its own for each connection
	Entry  api.Entry
	Fresh  bool // a head of the conversation came on this socket since its last entry: it may begin anywhere
}

// SeenHead is a head that a person read, one after the other.
type SeenHead struct {
	Person string
	Head   api.Head
}

// Final is what a person can read of a conversation once all is calm.
type Final struct {
	Person string
	Head   api.Head
	Page   api.Page // the whole log as this person sees it
	// Messages are all messages as they stand for this person.
	Messages []api.Entry
}

// Revoked is a session whose end was acknowledged.
type Revoked struct {
	Session      api.SessionID
	Acknowledged time.Duration
}

// NewHistory begins a history now.
func NewHistory() *History { return &History{start: time.Now()} }

func (h *History) now() time.Duration { return time.Since(h.start) }

// ask records an action before its first try.
func (h *History) ask(person string, session api.SessionID, a api.Action) *Asked {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := &Asked{Person: person, Session: session, Action: a, At: h.now()}
	h.Asked = append(h.Asked, x)
	return x
}

func (h *History) accepted(x *Asked) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if x.Accepted == 0 {
		x.Accepted = h.now()
	}
}

func (h *History) answered(x *Asked, r api.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.Results = append(x.Results, r)
	if x.Answered == 0 {
		x.Answered = h.now()
	}
}

func (h *History) rejected(x *Asked, p *api.Problem) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x.Rejected = p
}

func (h *History) saw(s Seen) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Seen = append(h.Seen, s)
}

func (h *History) sawHead(s SeenHead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.Heads = append(h.Heads, s)
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
