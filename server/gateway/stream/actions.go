package stream

import (
	"context"
	"slices"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/topic"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// Actions of one stream.
const (
	mostUnsent   = 128 // that wait for the log; then the stream's frames wait
	attemptShift = 20  // an attempt is the stream's number and, below, the action's place in it; all are below intake.FirstAttempt
	refsKept     = 256 // the latest attempts whose ref is known, for conflicts
)

type pending struct {
	ref string
	env *topic.Envelope
}

type attempt struct {
	number int64
	ref    string
	action api.ActionID
}

// actionFrame queues an action for the log. It waits when too many wait already,
// which holds back this client only.
func (ss *Streams) actionFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	p := s.principal
	if err := ss.cfg.Limits.Check(limit.Send, s.limit); err != nil {
		return err
	}
	e, err := ss.cfg.Intake.Stamp(ctx, p, f.Action)
	if err != nil {
		return err
	}
	if !s.makeRoom(ss.stopping) {
		return api.NewProblem("starting", "connect again").Later(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts++
	e.Attempt = s.number<<attemptShift | s.attempts%(1<<attemptShift)
	s.refs = append(s.refs, attempt{e.Attempt, f.Ref, f.Action.ID})
	if len(s.refs) > refsKept {
		s.refs = slices.Delete(s.refs, 0, refsKept/2)
	}
	s.wait = append(s.wait, pending{f.Ref, e})
	if !s.busy {
		s.busy = true
		ss.background.Go(func() { ss.publishStream(ctx, s) })
	}
	return nil
}

// makeRoom waits until fewer than mostUnsent actions wait.
func (s *stream) makeRoom(stop <-chan struct{}) bool {
	for {
		s.mu.Lock()
		if len(s.wait) < mostUnsent {
			s.mu.Unlock()
			return true
		}
		if s.room == nil {
			s.room = make(chan struct{})
		}
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-stop:
			return false
		}
	}
}

// publishStream publishes all that waits, in order, until nothing does.
func (ss *Streams) publishStream(ctx context.Context, s *stream) {
	defer ss.outlive(ctx, s.conn)
	for {
		s.mu.Lock()
		batch := s.wait
		s.wait = nil
		if s.room != nil {
			close(s.room)
			s.room = nil
		}
		if len(batch) == 0 {
			s.busy = false
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		es := make([]*topic.Envelope, len(batch))
		for i, b := range batch {
			es[i] = b.env
		}
		err := ss.cfg.Intake.Publish(ctx, es...)
		for _, b := range batch {
			if err != nil {
				ss.frameProblem(ctx, s, b.ref, b.env.Action.ID, err)
				continue
			}
			s.conn.Send(acceptedFrame(b.ref, b.env.Action.ID))
		}
	}
}

// acceptedFrame is built by hand: one goes out for every action.
func acceptedFrame(ref string, id api.ActionID) []byte {
	if ref != "" {
		return api.Encode(&api.ServerFrame{Kind: api.FrameAccepted, Ref: ref, Action: id})
	}
	b := append(make([]byte, 0, 80), `{"kind":"accepted","action":"`...)
	b, _ = id.AppendText(b) // never fails
	return append(b, `"}`...)
}
