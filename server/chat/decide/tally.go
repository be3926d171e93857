package decide

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// tally counts the outcomes of one try at a batch. They are few: a list is searched.
type tally []tallied

type tallied struct {
	outcome api.Outcome
	reason  api.Reason
	n       int
}

func (t *tally) add(o api.Outcome, r api.Reason) {
	for i := range *t {
		if x := &(*t)[i]; x.outcome == o && x.reason == r {
			x.n++
			return
		}
	}
	*t = append(*t, tallied{o, r, 1})
}

// result tells and counts an outcome that this try decided.
func (r *Run) result(e *topic.Envelope, res *api.Result) {
	r.actions = append(r.actions, Action{res.Action, e.Sender})
	r.decided.add(res.Outcome, res.Reason)
	r.news.Result(e, res)
}

// Decided calls fn with how many actions got an outcome in this try.
func (r *Run) Decided(fn func(o api.Outcome, reason api.Reason, n int)) {
	for _, t := range r.decided {
		fn(t.outcome, t.reason, t.n)
	}
}
