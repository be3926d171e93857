package stream

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/flight"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// frame handles one frame of a client, on the stream's reading goroutine.
func (ss *Streams) frame(ctx context.Context, s *stream, payload []byte) {
	if _, ok := ss.cfg.Limits.Allow(limit.Frame, s.limit); !ok {
		s.conn.Close(api.CloseTooMany, "too many frames")
		return
	}
	f, err := api.Decode[api.ClientFrame](payload)
	if err == nil {
		err = f.Check()
	}
	if err == nil {
		err = ss.handleFrame(ctx, s, &f)
	}
	if err == nil {
		return
	}
	var id api.ActionID
	if f.Action != nil {
		id = f.Action.ID
	}
	if len(f.Ref) > api.MaxRef {
		f.Ref = ""
	}
	ss.frameProblem(ctx, s, f.Ref, id, err)
}

func (ss *Streams) handleFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind == api.FramePing {
		s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FramePong, Ref: f.Ref}))
		return nil
	}
	if s.principal.User.IsZero() {
		return ss.authenticateFrame(ctx, s, f)
	}
	switch f.Kind {
	case api.FrameAttach:
		if err := ss.cfg.Limits.Check(limit.Read, s.limit); err != nil {
			return err
		}
		ss.startAttach(ctx, s)
		return nil
	case api.FrameAction:
		return ss.actionFrame(ctx, s, f)
	case api.FramePull:
		return ss.pull(ctx, s, f)
	case api.FrameMark:
		if err := ss.cfg.Limits.Check(limit.Mark, s.limit); err != nil {
			return err
		}
		ss.cfg.Flight.Marked(flight.Device{User: s.principal.User, Session: s.principal.Session, Stream: s.number}, f.Conversation, f.Received, f.Read)
		ss.cfg.Intake.Mark(s.principal.User, f.Conversation, f.Received, f.Read) // one that is not taken shows in no head: the client repeats it
		return nil
	case api.FrameTyping:
		return ss.typing(ctx, s, f)
	case api.FrameWatch:
		return ss.watchPresence(ctx, s, f)
	}
	return api.Invalid("/kind", "%s: the stream is signed in already", f.Kind)
}

// frameProblem answers a frame that cannot be accepted.
func (ss *Streams) frameProblem(ctx context.Context, s *stream, ref string, id api.ActionID, err error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		if ctx.Err() == nil {
			ss.cfg.Log.ErrorContext(ctx, "frame not answered", "err", err)
		}
		p = api.NewProblem("unavailable", "try again").Later(1)
	}
	one := *p
	one.Action = id
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameProblem, Ref: ref, Problem: &one}))
}

// pull answers with a page of entries; one at a time a connection, since frames are handled in order.
func (ss *Streams) pull(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if err := ss.cfg.Limits.Check(limit.Read, s.limit); err != nil {
		return err
	}
	page, err := ss.cfg.Reader.Entries(ctx, s.principal.User, f.Conversation, f.After, f.To, api.EntriesPage)
	if err != nil {
		return err
	}
	if err := s.conn.Flushed(ctx); err != nil {
		return nil // the connection ended
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameEntries, Ref: f.Ref, Page: &page}))
	return nil
}
