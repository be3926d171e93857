package gateway

import (
	"context"
	"errors"
	"net/http"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/limit"
)

// frame handles one frame of a client, on the stream's reading goroutine.
func (g *Gateway) frame(ctx context.Context, s *stream, payload []byte) {
	if _, ok := g.Limits.Allow(limit.Frame, s.limit); !ok {
		s.conn.Close(api.CloseTooMany, "too many frames")
		return
	}
	f, err := api.Decode[api.ClientFrame](payload)
	if err == nil {
		err = f.Check()
	}
	if err == nil {
		err = g.handleFrame(ctx, s, &f)
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
	g.frameProblem(ctx, s, f.Ref, id, err)
}

func (g *Gateway) handleFrame(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if f.Kind == api.FramePing {
		s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FramePong, Ref: f.Ref}))
		return nil
	}
	if s.principal.User.IsZero() {
		return g.authenticateFrame(ctx, s, f)
	}
	switch f.Kind {
	case api.FrameAttach:
		if err := g.Limits.Check(limit.Read, s.limit); err != nil {
			return err
		}
		g.startAttach(ctx, s)
		return nil
	case api.FrameAction:
		return g.actionFrame(ctx, s, f)
	case api.FramePull:
		return g.pull(ctx, s, f)
	case api.FrameMark:
		if err := g.Limits.Check(limit.Mark, s.limit); err != nil {
			return err
		}
		g.marks.set(s.principal.User, f.Conversation, f.Received, f.Read) // one that is not taken shows in no head: the client repeats it
		return nil
	}
	return api.Invalid("/kind", "%s: the stream is signed in already", f.Kind)
}

// frameProblem answers a frame that cannot be accepted.
func (g *Gateway) frameProblem(ctx context.Context, s *stream, ref string, id api.ActionID, err error) {
	var p *api.Problem
	if !errors.As(err, &p) {
		if ctx.Err() == nil {
			g.Log.ErrorContext(ctx, "frame not answered", "err", err)
		}
		p = api.NewProblem("unavailable", "try again").Later(1)
	}
	one := *p
	one.Action = id
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameProblem, Ref: ref, Problem: &one}))
}

// pull answers with a page of entries; one at a time a connection, since frames are handled in order.
func (g *Gateway) pull(ctx context.Context, s *stream, f *api.ClientFrame) error {
	if err := g.Limits.Check(limit.Read, s.limit); err != nil {
		return err
	}
	page, err := g.Reader.Entries(ctx, s.principal.User, f.Conversation, f.After, f.To, api.EntriesPage)
	if err != nil {
		return err
	}
	if err := s.conn.Flushed(ctx); err != nil {
		return nil // the connection ended
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameEntries, Ref: f.Ref, Page: &page}))
	return nil
}

// headerTokens splits the comma-separated values of a header.
func headerTokens(h http.Header, name string) (tokens []string) {
	for _, line := range h.Values(name) {
		for t := range splitComma(line) {
			tokens = append(tokens, t)
		}
	}
	return tokens
}
