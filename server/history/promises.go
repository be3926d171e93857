package history

import (
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
)

// Verdict is what a history says of one promise.
type Verdict struct {
	Promise string   // its name in the table of promises, or of an invariant below it
	Says    string   // what is promised
	Tried   int      // how often the history put it to the test
	Broken  int      // how often it did not hold
	How     []string // the first of these
}

// maxHow bounds Verdict.How.
const maxHow = 50

// promises are what Check looks for, in the order of its verdicts.
var promises = []struct{ name, says string }{
	{"A1", "what was accepted has an outcome"},
	{"result", "who was accepted is told the outcome"},
	{"A2", "what was told is what is stored, at the place that was told"},
	{"A3", "a socket shows entries in order, without gaps, and only to those entitled to them"},
	{"A4", "the mark of what was delivered never goes back"},
	{"A5", "the mark of what was read never goes back, and joining sets it to the join"},
	{"B", "nothing is heard of somebody who was blocked"},
	{"R", "what is asked for after an acknowledged revocation, suspension or erasure is not done"},
	{"agreement", "all readers see the same entry at a place"},
	{"dense", "the places of a conversation are 1 to n, and those of its messages, too"},
	{"once", "an action has one entry"},
	{"asked", "what is there was asked for"},
	{"order", "what one person sends to a conversation keeps its order"},
	{"entitled", "a member can read what they are entitled to, all of it, and nothing else"},
	{"edit", "messages read as the log says"},
	{"deleted", "a deleted text is nowhere, and nothing else loses its text"},
	{"erased", "of an erased person no word is left, and each of their conversations says so once"},
	{"role", "everything was done by somebody who might"},
	{"name", "a group is called what it was named last"},
	{"epoch", "a store that was restored is known by a new epoch, and no other"},
}

// Check tells what a history says of each promise. Nobody may record meanwhile,
// and the outcomes and what can be read at the end must have been recorded.
func Check(h *History) []Verdict {
	c := newChecker(h)
	c.readersAgree()
	c.findDeletions()
	for _, check := range []func(){
		c.outcomes, c.logsAreDense, c.messagesWereAsked, c.sockets, c.entitled, c.order, c.blocks, c.barred,
		c.marks, c.joins, c.messagesStand, c.deletions, c.erasures, c.roles, c.epochs,
	} {
		check()
	}
	all := make([]Verdict, len(promises))
	for i, p := range promises {
		all[i] = Verdict{Promise: p.name, Says: p.says}
		if v := c.verdicts[p.name]; v != nil {
			all[i].Tried, all[i].Broken, all[i].How = v.Tried, v.Broken, v.How
		}
	}
	return all
}

type checker struct {
	*History
	logs     map[api.ConversationID]map[int64]api.Entry // by what anybody saw
	gone     map[api.ConversationID]map[int64]int64     // message → the entry that took its text
	byID     map[api.ActionID][]*Asked
	first    map[key]time.Duration // when somebody first asked for an action, of all times that they did
	direct   map[pair]api.ConversationID
	erased   map[string]bool
	verdicts map[string]*Verdict
}

// key is what names an action (promises, rule 2).
type key struct {
	person string
	action api.ActionID
}

// pair is two people by handle, in the view of the first.
type pair struct{ one, other string }

func newChecker(h *History) *checker {
	c := &checker{
		History:  h,
		logs:     map[api.ConversationID]map[int64]api.Entry{},
		gone:     map[api.ConversationID]map[int64]int64{},
		byID:     map[api.ActionID][]*Asked{},
		first:    map[key]time.Duration{},
		direct:   map[pair]api.ConversationID{},
		erased:   map[string]bool{},
		verdicts: map[string]*Verdict{},
	}
	for _, x := range h.Asked {
		c.byID[x.Action.ID] = append(c.byID[x.Action.ID], x)
		k := key{x.Person, x.Action.ID}
		if at, again := c.first[k]; !again || x.At < at {
			c.first[k] = x.At
		}
	}
	for at, head := range h.latest {
		if head.Kind == api.Direct {
			c.direct[pair{at.person, head.Peer}] = head.Conversation
		}
	}
	for _, e := range h.Erased {
		c.erased[e.Person] = true
	}
	return c
}

// firstTry is when an action was first asked for: one that was asked for again
// later is no other, and may have been done before.
func (c *checker) firstTry(x *Asked) time.Duration { return c.first[key{x.Person, x.Action.ID}] }

// holds notes one test of a promise; how says what is wrong when it does not hold.
func (c *checker) holds(ok bool, promise, how string, args ...any) {
	v := c.verdicts[promise]
	if v == nil {
		v = &Verdict{}
		c.verdicts[promise] = v
	}
	v.Tried++
	if ok {
		return
	}
	v.Broken++
	if len(v.How) < maxHow {
		v.How = append(v.How, fmt.Sprintf(how, args...))
	}
}
