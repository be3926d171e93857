package servertest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// Broken is a promise that a history shows to be broken.
type Broken struct {
	Promise string // its short name
	How     string
}

func (b Broken) String() string { return b.Promise + ": " + b.How }

// Check tells every way in which a history breaks the promises. It is pure: the
// same history gives the same answer. The run must be calm and its outcomes read.
func Check(h *History) []Broken {
	c := &checker{
		History: h,
		logs:    map[api.ConversationID]map[int64]api.Entry{},
		asked:   map[actionKey]*Asked{},
		byID:    map[api.ActionID][]*Asked{},
		direct:  map[pair]api.ConversationID{},
	}
	for _, x := range h.Asked {
		c.asked[actionKey{x.Person, x.Action.ID}] = x
		c.byID[x.Action.ID] = append(c.byID[x.Action.ID], x)
	}
	for _, f := range h.Final {
		if f.Head.Kind == api.Direct {
			c.direct[pair{f.Person, f.Head.Peer}] = f.Head.Conversation
		}
	}
	c.readersAgree()
	c.outcomes()
	c.logsAreDense()
	c.messagesWereAsked()
	c.sockets()
	c.entitled()
	c.order()
	c.blocks()
	c.revocations()
	c.marks()
	c.messagesStand()
	c.deletions()
	c.roles()
	return c.broken
}

type actionKey struct {
	person string
	action api.ActionID
}

// pair is two people by handle, in the view of the first.
type pair struct{ one, other string }

type checker struct {
	*History
	logs   map[api.ConversationID]map[int64]api.Entry // by what anybody saw
	asked  map[actionKey]*Asked
	byID   map[api.ActionID][]*Asked
	direct map[pair]api.ConversationID
	broken []Broken
}

func (c *checker) breaks(promise, how string, args ...any) {
	if len(c.broken) < 1000 {
		c.broken = append(c.broken, Broken{promise, fmt.Sprintf(how, args...)})
	}
}

// readersAgree: all readers agree on seq → entry, live and in history, but that
// the text of one that was deleted is gone for who reads it later.
func (c *checker) readersAgree() {
	see := func(who string, e api.Entry) {
		log := c.logs[e.Conversation]
		if log == nil {
			log = map[int64]api.Entry{}
			c.logs[e.Conversation] = log
		}
		if first, ok := log[e.Seq]; ok {
			if whole, ok := emptied(first, e); ok {
				log[e.Seq] = whole
			} else if !same(first, e) {
				c.breaks("agreement", "%s sees %s at seq %d of %s where another saw %s", who, e.Action, e.Seq, e.Conversation, first.Action)
			}
			return
		}
		log[e.Seq] = e
	}
	for _, f := range c.Final {
		for _, e := range f.Page.Entries {
			see(f.Person, e)
		}
	}
	for _, s := range c.Seen {
		see(s.Person, s.Entry)
	}
}

func same(a, b api.Entry) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

// outcomes: every accepted action has exactly one terminal outcome, and whoever was told one was told that (A1, A2).
func (c *checker) outcomes() {
	for _, x := range c.Asked {
		if x.Accepted == 0 && x.Answered == 0 {
			continue
		}
		if x.Outcome == nil {
			c.breaks("A1", "%s of %s was accepted and has no outcome", x.Action.ID, x.Person)
			continue
		}
		if x.Answered == 0 {
			c.breaks("result", "%s of %s was accepted, has the outcome %s, and its sender was never told", x.Action.ID, x.Person, x.Outcome.Outcome)
		}
		for _, r := range x.Results {
			if !agrees(r, *x.Outcome) {
				c.breaks("A2", "%s of %s was told %s %s seq %d at %s and is stored as %s %s seq %d at %s", x.Action.ID, x.Person,
					r.Outcome, r.Reason, r.Seq, r.Time, x.Outcome.Outcome, x.Outcome.Reason, x.Outcome.Seq, x.Outcome.Time)
				break
			}
		}
		if x.Outcome.Seq > 0 {
			e, ok := c.logs[x.Outcome.Conversation][x.Outcome.Seq]
			if !ok {
				c.breaks("A2", "%s of %s has seq %d, which nobody can read", x.Action.ID, x.Person, x.Outcome.Seq)
			} else if e.Action != x.Action.ID {
				c.breaks("A2", "%s of %s has seq %d, where %s lies", x.Action.ID, x.Person, x.Outcome.Seq, e.Action)
			}
		}
	}
}

// agrees reports whether what was told is what is stored. A refusal that came as
// a problem tells neither conversation nor time.
func agrees(told, stored api.Result) bool {
	if told.Outcome == api.Refused && told.Time == 0 {
		told.Conversation, told.Time = stored.Conversation, stored.Time
	}
	return told == stored
}

// logsAreDense: the entries of a conversation are exactly 1..N, and ord is dense over its messages.
func (c *checker) logsAreDense() {
	for conv, log := range c.logs {
		last := int64(0)
		for seq := range log {
			last = max(last, seq)
		}
		ord := int64(0)
		for seq := int64(1); seq <= last; seq++ {
			e, ok := log[seq]
			if !ok {
				if c.wholeLogRead(conv) {
					c.breaks("dense", "%s has no seq %d of %d", conv, seq, last)
				}
				return
			}
			if e.Kind == api.EntryMessage {
				ord++
			}
			if e.Ord != ord {
				c.breaks("dense", "%s seq %d has ord %d, not %d", conv, seq, e.Ord, ord)
				ord = e.Ord
			}
		}
	}
}

// wholeLogRead reports whether some reader was there from the beginning to the end.
func (c *checker) wholeLogRead(conv api.ConversationID) bool {
	return slices.ContainsFunc(c.Final, func(f Final) bool {
		return f.Head.Conversation == conv && f.Head.Membership == api.Present && len(f.Page.Withheld) == 0
	})
}

// messagesWereAsked: at most one entry an action and sender, and none that nobody asked for.
func (c *checker) messagesWereAsked() {
	type one struct {
		sender api.MemberID
		action api.ActionID
	}
	for conv, log := range c.logs {
		seen := map[one]int64{}
		for _, seq := range sortedSeqs(log) {
			e := log[seq]
			k := one{e.Sender, e.Action}
			if first, ok := seen[k]; ok {
				c.breaks("once", "%s has the action %s at seq %d and %d", conv, e.Action, first, seq)
			}
			seen[k] = seq
			if len(c.byID[e.Action]) == 0 {
				c.breaks("asked", "%s seq %d is of the action %s, which nobody asked for", conv, seq, e.Action)
				continue
			}
			m, isText := textOf(e)
			if isText && !m.Deleted && !slices.ContainsFunc(c.byID[e.Action], func(x *Asked) bool { return x.Action.Text == m.Text && x.Action.Target == m.Target }) {
				c.breaks("asked", "%s seq %d has a text that %s did not ask for", conv, seq, e.Action)
			}
		}
	}
}

func sortedSeqs(log map[int64]api.Entry) []int64 {
	seqs := make([]int64, 0, len(log))
	for s := range log {
		seqs = append(seqs, s)
	}
	slices.Sort(seqs)
	return seqs
}

// order: what was accepted before another was asked for, in one conversation by one person, lies before it (rule 18).
func (c *checker) order() {
	type lane struct {
		person string
		conv   api.ConversationID
	}
	lanes := map[lane][]*Asked{}
	for _, x := range c.Asked {
		if x.Outcome != nil && x.Outcome.Outcome == api.MessageSent {
			k := lane{x.Person, x.Outcome.Conversation}
			lanes[k] = append(lanes[k], x)
		}
	}
	for k, xs := range lanes {
		slices.SortFunc(xs, func(a, b *Asked) int { return cmp.Compare(a.Outcome.Seq, b.Outcome.Seq) })
		latest := xs[0].At // the latest first try among those that lie before
		for _, x := range xs[1:] {
			if x.Accepted != 0 && x.Accepted < latest {
				c.breaks("order", "%s: seq %d was accepted before one that lies before it was asked for", k.person, x.Outcome.Seq)
			}
			latest = max(latest, x.At)
		}
	}
}

// blocks: no message or edit is committed between an acknowledged block and the next asking for its end (B).
func (c *checker) blocks() {
	for _, b := range c.Asked {
		if b.Action.Type != api.SetBlock || b.Outcome == nil || b.Outcome.Outcome != api.BlockSet || b.Answered == 0 {
			continue
		}
		until := c.nextUnblock(b)
		for _, x := range c.Asked {
			if x.Person == b.Action.To && c.reaches(x, b.Person) && x.At > b.Answered && x.Answered != 0 && x.Answered < until {
				c.breaks("B", "%s heard %s after the block was acknowledged: %s", b.Person, x.Person, x.Action.ID)
			}
		}
	}
}

// reaches tells whether what was asked was committed to the direct conversation with a person as text.
func (c *checker) reaches(x *Asked, person string) bool {
	if x.Outcome == nil || x.Outcome.Outcome != api.MessageSent && x.Outcome.Outcome != api.MessageEdited {
		return false
	}
	return x.Action.To == person || !x.Action.Conversation.IsZero() && x.Action.Conversation == c.direct[pair{x.Person, person}]
}

// nextUnblock is when the end of b was next asked for.
func (c *checker) nextUnblock(b *Asked) time.Duration {
	until := time.Duration(math.MaxInt64)
	for _, x := range c.Asked {
		if x.Person == b.Person && x.Action.Type == api.ClearBlock && x.Action.To == b.Action.To && x.At > b.At {
			until = min(until, x.At)
		}
	}
	return until
}

// revocations: what a session asks for after its acknowledged end is not done (R).
func (c *checker) revocations() {
	for _, r := range c.Revoked {
		for _, x := range c.Asked {
			if x.Session == r.Session && x.At > r.Acknowledged && x.Outcome != nil && x.Outcome.Outcome != api.Refused {
				c.breaks("R", "%s was done for a session that had been revoked", x.Action.ID)
			}
		}
	}
}

// marks: no mark goes back, whoever reads it and however (A4, A5).
func (c *checker) marks() {
	type key struct {
		person string
		conv   api.ConversationID
	}
	read, received := map[key]int64{}, map[key]int64{}
	look := func(person string, h api.Head) {
		k := key{person, h.Conversation}
		if h.ReadSeq < read[k] {
			c.breaks("A5", "%s of %s: the read mark went from %d to %d", person, h.Conversation, read[k], h.ReadSeq)
		}
		if h.ReceivedSeq < received[k] {
			c.breaks("A4", "%s of %s: the received mark went from %d to %d", person, h.Conversation, received[k], h.ReceivedSeq)
		}
		if h.ReadSeq > h.LastSeq {
			c.breaks("A5", "%s of %s: read %d of %d", person, h.Conversation, h.ReadSeq, h.LastSeq)
		}
		read[k], received[k] = h.ReadSeq, h.ReceivedSeq
	}
	for _, h := range c.Heads {
		look(h.Person, h.Head)
	}
	for _, f := range c.Final {
		look(f.Person, f.Head)
	}
}
