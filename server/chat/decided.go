package chat

import (
	"context"
	"sync"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/bus"
	"github.com/chatctl/chatctl/server/chat/decide"
)

// mostRecent is how many decisions a worker remembers.
const mostRecent = 4096

// decisions are the last decisions of this worker, for administrators who follow an
// action. They are lost with the process.
type decisions struct {
	worker api.WorkerID

	mu   sync.Mutex
	all  []decision // a ring, once it is full
	next int
}

type decision struct {
	decide.Action
	api.Decision
}

// add remembers what a batch decided in a term of its partition.
func (r *decisions) add(b bus.Batch, term int64, at api.Time, actions []decide.Action) {
	how := api.Decision{Worker: r.worker, Partition: b.Partition, Term: term, Position: b.Number, Time: at}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range actions {
		if len(r.all) < mostRecent {
			r.all = append(r.all, decision{a, how})
			continue
		}
		r.all[r.next] = decision{a, how}
		r.next = (r.next + 1) % mostRecent
	}
}

// find is how an action was decided; nil when it is not remembered.
func (r *decisions) find(a decide.Action) *api.Decision {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.all {
		if r.all[i].Action == a {
			how := r.all[i].Decision
			return &how
		}
	}
	return nil
}

// Trail is what is stored of an action, for each of its senders, with how it was
// decided where this worker did that lately.
func (s *Service) Trail(ctx context.Context, action api.ActionID) ([]api.Traced, error) {
	found, err := s.Reader.Trail(ctx, action)
	for i := range found {
		found[i].Decided = s.recent.find(decide.Action{ID: action, Sender: found[i].Sender})
	}
	return found, err
}
