package history

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// outcomes: every accepted action has exactly one terminal outcome, and whoever was told one was told that (A1, A2).
func (c *checker) outcomes() {
	for _, x := range c.Asked {
		if x.Accepted == 0 && x.Answered == 0 {
			continue
		}
		if c.erased[x.Person] { // who cannot read outcomes any more
			c.lies(x, x.outcome())
			continue
		}
		c.holds(x.Outcome != nil, "A1", "%s of %s was accepted and has no outcome", x.Action.ID, x.Person)
		if x.Outcome == nil {
			continue
		}
		c.holds(x.Answered != 0, "result", "%s of %s was accepted, has the outcome %s, and its sender was never told", x.Action.ID, x.Person, x.Outcome.Outcome)
		for _, r := range x.Results {
			c.holds(agrees(r, *x.Outcome), "A2", "%s of %s was told %s %s seq %d at %s and is stored as %s %s seq %d at %s", x.Action.ID, x.Person,
				r.Outcome, r.Reason, r.Seq, r.Time, x.Outcome.Outcome, x.Outcome.Reason, x.Outcome.Seq, x.Outcome.Time)
		}
		c.lies(x, *x.Outcome)
	}
}

// lies: what has a place lies there. Where nobody is left to read it, nobody knows.
func (c *checker) lies(x *Asked, r api.Result) {
	if r.Seq == 0 || !c.read(r.Conversation, r.Seq) {
		return
	}
	e, ok := c.logs[r.Conversation][r.Seq]
	c.holds(ok && e.Action == x.Action.ID, "A2", "%s of %s has seq %d, where %q lies", x.Action.ID, x.Person, r.Seq, e.Action)
}

// read tells whether somebody could read a place at the end, or should have been able to.
func (c *checker) read(conv api.ConversationID, seq int64) bool {
	if _, ok := c.logs[conv][seq]; ok {
		return true
	}
	return !slices.ContainsFunc(c.Erased, func(e Erased) bool { _, ok := c.latest[seat{e.Person, conv}]; return ok })
}

// agrees reports whether what was told is what is stored. A refusal that came as
// a problem tells neither conversation nor time.
func agrees(told, stored api.Result) bool {
	if told.Outcome == api.Refused && told.Time == 0 {
		told.Conversation, told.Time = stored.Conversation, stored.Time
	}
	return told == stored
}

// order: what was accepted before another was asked for, in one conversation by one person, lies before it (rule 18).
func (c *checker) order() {
	lanes := map[seat][]*Asked{}
	for _, x := range c.Asked {
		if r := x.outcome(); r.Outcome == api.MessageSent {
			k := seat{x.Person, r.Conversation}
			lanes[k] = append(lanes[k], x)
		}
	}
	for k, xs := range lanes {
		slices.SortFunc(xs, func(a, b *Asked) int { return cmp.Compare(a.outcome().Seq, b.outcome().Seq) })
		latest := c.firstTry(xs[0]) // the latest first try among those that lie before
		for _, x := range xs[1:] {
			c.holds(x.Accepted == 0 || x.Accepted >= latest, "order", "%s: seq %d was accepted before one that lies before it was asked for", k.person, x.outcome().Seq)
			latest = max(latest, c.firstTry(x))
		}
	}
}

// blocks: no message or edit is committed between an acknowledged block and the next asking for its end (B).
func (c *checker) blocks() {
	for _, b := range c.Asked {
		if b.Action.Type != api.SetBlock || b.outcome().Outcome != api.BlockSet || b.Answered == 0 {
			continue
		}
		until := c.nextUnblock(b)
		for _, x := range c.Asked {
			if x.Person == b.Action.To && c.firstTry(x) > b.Answered && x.Answered != 0 && x.Answered < until && c.concerns(x, b.Person) {
				r := x.outcome().Outcome
				c.holds(r != api.MessageSent && r != api.MessageEdited, "B", "%s heard %s after the block was acknowledged: %s", b.Person, x.Person, x.Action.ID)
			}
		}
	}
}

// concerns tells whether what was asked is a text in the direct conversation with a person.
func (c *checker) concerns(x *Asked, person string) bool {
	if x.Action.Type != api.SendMessage && x.Action.Type != api.EditMessage {
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

// barred: what is asked for after an acknowledged end is not done, unless it was
// answered only after the end of that was asked for: then a later try was (R).
func (c *checker) barred() {
	done := map[api.ActionID]bool{}
	for _, log := range c.logs {
		for _, e := range log {
			done[e.Action] = true
		}
	}
	for _, b := range c.Barred {
		for _, x := range c.Asked {
			if x.Person != b.Person || !b.Session.IsZero() && x.Session != b.Session || c.firstTry(x) <= b.From {
				continue
			}
			if b.Until != 0 && (x.At >= b.Until || x.Rejected == nil && (x.Answered == 0 || x.Answered >= b.Until)) {
				continue
			}
			r := x.outcome().Outcome
			c.holds((r == "" || r == api.Refused) && !done[x.Action.ID], "R", "%s of %s was done (%s) after the end of that was acknowledged", x.Action.ID, x.Person, r)
		}
	}
}
