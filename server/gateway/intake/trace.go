package intake

import (
	"sync"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
)

// Tracer sends spans. Its methods return at once.
type Tracer interface {
	// Begin begins a span below parent, or a trace where that is empty.
	Begin(parent, name string) (traceparent string, end func(error))
	// Span is one that began and ended already.
	Span(parent, name string, began, ended time.Time)
}

// mostTraced is how many actions may be traced that have no result yet.
const mostTraced = 10_000

// traced are the actions whose results this gateway waits for with a trace.
type traced struct {
	mu   sync.Mutex
	open map[asked]string // the traceparent in which it was accepted
}

// asked names an action of this gateway's; another's may have the same number.
type asked struct {
	person api.UserID
	number int64
}

// begin begins a trace for each of es, which are about to be published; the
// function that it returns ends what belongs to the publishing. A client's own
// traceparent is not taken: a stranger would decide what is sampled, and in
// whose trace it stands.
func (i *Intake) begin(es []*topic.Envelope) (end func(error)) {
	var ends []func(error)
	for _, e := range es {
		if e.Action == nil {
			continue
		}
		parent, accepted := i.cfg.Tracer.Begin("", "gateway accept "+string(e.Action.Type))
		_, published := i.cfg.Tracer.Begin(parent, "log publish")
		e.Trace = parent
		ends = append(ends, published, accepted)
		i.traced.put(asked{e.Sender, e.Attempt}, parent)
	}
	return func(err error) {
		for _, end := range ends {
			end(err)
		}
		if err != nil {
			for _, e := range es {
				i.traced.take(asked{e.Sender, e.Attempt})
			}
		}
	}
}

// Told is what ends the trace of a person's attempt, whose result came at
// arrived and is on its way to who asked; nil when there are no traces.
func (i *Intake) Told() func(person api.UserID, attempt int64, arrived time.Time) {
	if i.cfg.Tracer == nil {
		return nil
	}
	return func(person api.UserID, attempt int64, arrived time.Time) {
		if parent, is := i.traced.take(asked{person, attempt}); is {
			i.cfg.Tracer.Span(parent, "gateway push", arrived, time.Now())
		}
	}
}

func (t *traced) put(a asked, parent string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) >= mostTraced { // whose askers were gone before their results came
		clear(t.open)
	}
	t.open[a] = parent
}

func (t *traced) take(a asked) (parent string, is bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	parent, is = t.open[a]
	delete(t.open, a)
	return parent, is
}
