package intake

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/bus"
)

// publishTime is how long the log may take.
const publishTime = 10 * time.Second

// Publish puts envelopes of one client on the log, in order; nil is promise A1.
func (i *Intake) Publish(ctx context.Context, es ...*topic.Envelope) (err error) {
	if err := i.cfg.Admit(); err != nil {
		return api.NewProblem("storage_full", "%v", err).Later(30)
	}
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	if i.cfg.Tracer != nil {
		end := i.begin(es)
		defer func() { end(err) }()
	}
	recs := make([]bus.Record, len(es))
	for n, e := range es {
		c := e.Conversation()
		recs[n] = bus.Record{Partition: topic.Partition(c, i.cfg.Partitions), Key: c, Value: e.Encode()}
	}
	err = i.cfg.Publish(ctx, topic.ActionsChat, recs)
	if err == nil {
		i.accepted.Add(uint64(len(es)))
	}
	return logProblem(err)
}

// logProblem says what an error of the log means to who asked (promises, rules 1 and 9).
func logProblem(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bus.ErrFull):
		return api.NewProblem("storage_full", "work must be done or space be freed first; %v", err).Later(10)
	}
	return api.NewProblem("unknown_outcome", "retry with the same key").Later(1)
}
