package history

import (
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// readersAgree: all readers agree on seq → entry, live and in history, but that
// the text of one that was deleted is gone for who reads it later.
func (c *checker) readersAgree() {
	see := func(who string, e api.Entry) {
		log := c.logs[e.Conversation]
		if log == nil {
			log = map[int64]api.Entry{}
			c.logs[e.Conversation] = log
		}
		first, known := log[e.Seq]
		if !known {
			log[e.Seq] = e
			return
		}
		whole, ok := emptied(first, e)
		if ok {
			log[e.Seq] = whole
		}
		c.holds(ok || same(first, e), "agreement", "%s sees %s at seq %d of %s where another saw %s", who, e.Action, e.Seq, e.Conversation, first.Action)
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

// logsAreDense: the entries of a conversation are exactly 1..N, and ord is dense over its messages.
func (c *checker) logsAreDense() {
	for conv, log := range c.logs {
		last, ord := lastSeq(log), int64(0)
		for seq := int64(1); seq <= last; seq++ {
			e, ok := log[seq]
			if !ok {
				c.holds(!c.wholeLogRead(conv), "dense", "%s has no seq %d of %d", conv, seq, last)
				break
			}
			if e.Kind == api.EntryMessage {
				ord++
			}
			c.holds(e.Ord == ord, "dense", "%s seq %d has ord %d, not %d", conv, seq, e.Ord, ord)
			ord = e.Ord
		}
	}
}

func lastSeq(log map[int64]api.Entry) (last int64) {
	for seq := range log {
		last = max(last, seq)
	}
	return last
}

func sortedSeqs(log map[int64]api.Entry) []int64 {
	seqs := make([]int64, 0, len(log))
	for s := range log {
		seqs = append(seqs, s)
	}
	slices.Sort(seqs)
	return seqs
}

// wholeLogRead reports whether some reader was there from the beginning to the end.
func (c *checker) wholeLogRead(conv api.ConversationID) bool {
	return slices.ContainsFunc(c.Final, func(f Final) bool {
		return f.Head.Conversation == conv && f.Head.Membership == api.Present && len(f.Page.Withheld) == 0
	})
}

// messagesWereAsked: at most one entry an action and sender, and none that
// nobody asked for. What the server does itself is erasures' to judge.
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
			first, again := seen[k]
			c.holds(!again, "once", "%s has the action %s at seq %d and %d", conv, e.Action, first, seq)
			seen[k] = seq
			if e.Kind == api.EntryErase {
				continue
			}
			if e.Sender.IsZero() {
				c.holds(slices.Contains(c.Office, conv), "asked", "%s seq %d is of an administrator, and none asked for it", conv, seq)
				continue
			}
			askers := c.byID[e.Action]
			c.holds(len(askers) > 0, "asked", "%s seq %d is of the action %s, which nobody asked for", conv, seq, e.Action)
			if m, isText := textOf(e); isText && !m.Deleted && len(askers) > 0 {
				c.holds(slices.ContainsFunc(askers, func(x *Asked) bool { return x.Action.Text == m.Text && x.Action.Target == m.Target }),
					"asked", "%s seq %d has a text that %s did not ask for", conv, seq, e.Action)
			}
		}
	}
}

// epochs: all connections meet one epoch, and after a restore another than before (promises, rule 22).
func (c *checker) epochs() {
	for _, g := range c.Greeted {
		c.holds(g.Epoch == c.Greeted[0].Epoch && !c.past[g.Epoch], "epoch", "%s met the epoch %s, others %s; before a restore it was there: %v",
			g.Person, g.Epoch, c.Greeted[0].Epoch, c.past[g.Epoch])
	}
}
