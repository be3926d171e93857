package stream

import (
	"context"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/hub"
)

// recheckPage is how many connections are looked up by one read.
const recheckPage = 500

// recheckLoop reads the sessions and the persons' versions of this gateway's
// connections again every 20-28 s, since live events may be lost (promises, rule 10 and R).
func (ss *Streams) recheckLoop(ctx context.Context) error {
	for {
		timer := time.NewTimer(20*time.Second + jitter(8*time.Second))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		// All sessions first: to bring a busy person up to date takes longer than promise R leaves.
		ss.inPages(ctx, "sessions not checked", ss.endRevoked)
		ss.inPages(ctx, "persons not checked", ss.catchUpAll)
	}
}

// inPages calls f with this gateway's signed-in connections, a page at a time.
// A page that fails is logged, and does not keep the others from being read.
func (ss *Streams) inPages(ctx context.Context, failed string, f func(context.Context, []*hub.Conn) error) {
	var page []*hub.Conn
	run := func() {
		if err := f(ctx, page); err != nil && ctx.Err() == nil {
			ss.cfg.Log.WarnContext(ctx, failed, "err", err)
		}
		page = page[:0]
	}
	ss.hub.Each(func(c *hub.Conn) bool {
		if !c.User().IsZero() {
			page = append(page, c)
		}
		if len(page) == recheckPage {
			run()
		}
		return ctx.Err() == nil
	})
	run()
}

// endRevoked closes connections whose session has ended.
func (ss *Streams) endRevoked(ctx context.Context, conns []*hub.Conn) error {
	if len(conns) == 0 {
		return nil
	}
	sessions := make([]api.SessionID, len(conns))
	for i, c := range conns {
		sessions[i] = c.Session()
	}
	states, err := ss.cfg.Accounts.Recheck(ctx, sessions)
	if err != nil {
		return err
	}
	for _, c := range conns {
		switch states[c.Session()] {
		case session.Ended:
			c.Close(api.CloseSignIn, "the session has ended")
		case session.Suspended:
			c.Close(api.CloseForbidden, "the account is suspended")
		case session.Resuming:
			c.Close(api.CloseTryAgain, "the suspension of the account has just ended")
		}
	}
	return nil
}

// catchUpAll brings those live streams up to date whose person has moved.
func (ss *Streams) catchUpAll(ctx context.Context, conns []*hub.Conn) error {
	if len(conns) == 0 {
		return nil
	}
	users := make([]api.UserID, len(conns))
	for i, c := range conns {
		users[i] = c.User()
	}
	versions, err := ss.cfg.Reader.Versions(ctx, users)
	if err != nil {
		return err
	}
	for _, c := range conns {
		s, ok := c.Data().(*stream)
		if !ok {
			continue
		}
		s.mu.Lock()
		behind := s.live && versions[c.User()] > s.version
		s.mu.Unlock()
		if !behind {
			continue
		}
		if err := ss.catchUp(ctx, s); err != nil {
			ss.giveUp(ctx, s, "catching up", err)
		}
	}
	return nil
}

// catchUp enters or leaves the rooms that changed for a live stream's person
// since it was last told, and tells the person's version.
func (ss *Streams) catchUp(ctx context.Context, s *stream) error {
	user := s.conn.User()
	for {
		s.mu.Lock()
		since := s.version
		s.mu.Unlock()
		changes, err := ss.cfg.Reader.Changes(ctx, user, since, api.HeadsPage)
		if err != nil {
			return err
		}
		for _, h := range changes.Heads {
			if err := ss.enter(ctx, s, user, h.Conversation); err != nil {
				return err
			}
		}
		if changes.Version <= since {
			return nil
		}
		s.mu.Lock()
		s.version = max(s.version, changes.Version)
		s.mu.Unlock()
		s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FramePerson, Version: changes.Version}))
	}
}
