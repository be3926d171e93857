package stream

import (
	"context"
	"slices"

	"github.com/chatctl/chatctl/server/api"
)

// startAttach runs attach for a stream, one at a time; one that is asked for
// meanwhile runs after it.
func (ss *Streams) startAttach(ctx context.Context, s *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.attaching {
		s.again = true
		return
	}
	s.attaching = true
	ss.background.Go(func() {
		defer ss.outlive(ctx, s.conn)
		for {
			err := ss.attach(ctx, s)
			if err != nil {
				ss.giveUp(ctx, s, "attaching", err)
			}
			s.mu.Lock()
			if err != nil || !s.again {
				s.attaching = false
				s.mu.Unlock()
				return
			}
			s.again = false
			s.mu.Unlock()
		}
	})
}

// attach brings a stream from nothing to live (wire: Attach). The person's key
// has been wanted since sign-in, so what changes while it runs is either in the
// second reading of the version or told by an event.
func (ss *Streams) attach(ctx context.Context, s *stream) error {
	user := s.conn.User()
	version, err := ss.cfg.Reader.Version(ctx, user)
	if err != nil {
		return err
	}
	sent, err := ss.sendHeads(ctx, s, user)
	if err != nil {
		return err
	}
	if version, err = ss.sendDifference(ctx, s, user, version, sent); err != nil {
		return err
	}
	for _, c := range s.conn.Rooms() {
		if _, ok := sent[c]; !ok {
			s.conn.Leave(c)
		}
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHeadsEnd}))
	s.mu.Lock()
	s.version = version
	s.mu.Unlock()
	s.conn.GoLive(api.Encode(&api.ServerFrame{Kind: api.FrameLive, Version: version}))
	return ss.freshHeads(ctx, s, user, sent)
}

// sendHeads sends every head in pages and stands in the rooms of those where
// the person is present. The next page is read when the last has left the queue.
func (ss *Streams) sendHeads(ctx context.Context, s *stream, user api.UserID) (map[api.ConversationID]int64, error) {
	sent := map[api.ConversationID]int64{}
	var after api.ConversationID
	for {
		heads, err := ss.cfg.Reader.Heads(ctx, user, after, api.HeadsPage)
		if err != nil {
			return nil, err
		}
		if err := ss.stand(ctx, s, heads, sent); err != nil {
			return nil, err
		}
		if len(heads) > 0 {
			s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHeads, Heads: heads}))
			after = heads[len(heads)-1].Conversation
		}
		if len(heads) < api.HeadsPage {
			return sent, nil
		}
		if err := s.conn.Flushed(ctx); err != nil {
			return nil, err
		}
	}
}

// stand puts a stream into the rooms of heads, and takes it out of those that were left.
func (ss *Streams) stand(ctx context.Context, s *stream, heads []api.Head, sent map[api.ConversationID]int64) error {
	present := make([]api.ConversationID, 0, len(heads))
	for _, h := range heads {
		if h.Membership != api.Present {
			s.conn.Leave(h.Conversation)
			delete(sent, h.Conversation)
			continue
		}
		present = append(present, h.Conversation)
		sent[h.Conversation] = h.LastSeq
	}
	if len(present) == 0 {
		return nil
	}
	return s.conn.JoinAll(ctx, present)
}

// sendDifference sends the heads that changed since a version and returns the one they are of.
func (ss *Streams) sendDifference(ctx context.Context, s *stream, user api.UserID, version int64, sent map[api.ConversationID]int64) (int64, error) {
	for {
		changes, err := ss.cfg.Reader.Changes(ctx, user, version, api.HeadsPage)
		if err != nil {
			return version, err
		}
		if err := ss.stand(ctx, s, changes.Heads, sent); err != nil {
			return version, err
		}
		if len(changes.Heads) > 0 {
			s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHeads, Heads: changes.Heads}))
		}
		if changes.Version <= version || len(changes.Heads) == 0 && len(changes.Blocks) == 0 {
			return max(version, changes.Version), nil
		}
		version = changes.Version
	}
}

// freshHeads sends the head of each room that moved between its head and live:
// what was dropped before live had raised the room's last seq.
func (ss *Streams) freshHeads(ctx context.Context, s *stream, user api.UserID, sent map[api.ConversationID]int64) error {
	s.mu.Lock()
	s.live = true
	moved := s.joined
	s.joined = nil
	s.mu.Unlock()
	for c, last := range sent {
		if s.conn.Last(c) > last {
			moved = append(moved, c)
		}
	}
	for _, c := range moved {
		if err := ss.enter(ctx, s, user, c); err != nil {
			return err
		}
	}
	return nil
}

// enter runs attach's steps for one room of a live stream: the room's key is
// wanted, the membership read and its head sent, then entries are pushed, after
// another head if the room moved meanwhile.
func (ss *Streams) enter(ctx context.Context, s *stream, user api.UserID, c api.ConversationID) error {
	if _, err := s.conn.Join(ctx, c); err != nil {
		return err
	}
	h, err := ss.cfg.Reader.Head(ctx, user, c)
	if isNotFound(err) || err == nil && h.Membership != api.Present {
		s.conn.Leave(c) // removed again meanwhile
		if err == nil {
			s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHead, Head: &h}))
		}
		return nil
	}
	if err != nil {
		return err
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHead, Head: &h}))
	s.conn.GoLiveIn(c)
	if s.conn.Last(c) <= h.LastSeq {
		return nil
	}
	if h, err = ss.cfg.Reader.Head(ctx, user, c); err != nil {
		return err
	}
	s.conn.Send(api.Encode(&api.ServerFrame{Kind: api.FrameHead, Head: &h}))
	return nil
}

// joinRoom enters the room that a person was added to. Before live, the attach
// under way does it at its end; one that begins later finds the room in the heads.
func (ss *Streams) joinRoom(ctx context.Context, s *stream, c api.ConversationID) {
	s.mu.Lock()
	live := s.live
	if !live && s.attaching && !slices.Contains(s.joined, c) {
		s.joined = append(s.joined, c)
	}
	s.mu.Unlock()
	if !live {
		return
	}
	if err := ss.enter(ctx, s, s.conn.User(), c); err != nil {
		ss.giveUp(ctx, s, "joining a room", err) // attaching again does it all
	}
}
