package stream

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/inbox"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

// frame takes one frame of the server. Kinds that are not known are ignored.
func (k *conn) frame(ctx context.Context, f api.ServerFrame, now time.Time) error {
	s := k.s
	switch f.Kind {
	case api.FrameHello:
		return k.hello(ctx, f)
	case api.FrameHeads:
		for _, h := range f.Heads {
			s.head(h, now)
		}
	case api.FrameHeadsEnd:
		s.cursor = f.Cursor
	case api.FrameLive:
		k.nowLive(ctx, f.Version, now)
	case api.FrameHead:
		if f.Head != nil {
			s.head(*f.Head, now)
		}
	case api.FrameEntry:
		if f.Event != nil {
			s.settleBy(*f.Event, now)
			s.tellArrived(s.in.Deliver(*f.Event, now))
		}
	case api.FrameEntries:
		k.entries(f, now)
	case api.FrameAccepted:
		if it, open := s.out.Get(f.Action); open && !it.Accepted {
			k.slow.Reset()
			s.out.Accepted(f.Action, now)
			took := k.took(f.Action, now)
			if took > 0 {
				k.lag.acted(now)
			}
			s.tell(Accepted{f.Action, took})
		}
	case api.FrameResult:
		if f.Result != nil {
			s.settle(*f.Result, now)
		}
	case api.FrameConflict:
		s.drop(cmp.Or(f.Action, refID(f.Ref)), api.NewProblem("conflict", "its key was used for another action"))
	case api.FrameMarks:
		s.marksMoved(f)
	case api.FrameIsTyping:
		if h, ok := s.in.State(f.Conversation); ok && h.Me != f.Member {
			s.tell(Typing{f.Conversation, f.Member})
		}
	case api.FramePresence:
		s.tell(Presence{f.People})
	case api.FramePerson:
		k.readChanges(ctx)(s.version.Moved(f.Version))
	case api.FrameProblem:
		k.problem(f, now)
	case api.FramePong:
		if took, ok := k.lag.pong(f.Ref, now); ok {
			s.tell(Lag{took})
		}
	case api.FrameLagging:
		k.endPull(now) // its answer may have been dropped; heads and live follow
	case api.FrameGoingAway:
		k.retry = min(time.Duration(max(f.RetryAfterMS, 1))*time.Millisecond, mostGoingAway)
	}
	return nil
}

// took is how long ago an action was written, if it was the last one.
func (k *conn) took(id api.ActionID, now time.Time) time.Duration {
	if k.latest != id {
		return 0
	}
	return max(now.Sub(k.wrote), 1)
}

// mostGoingAway bounds how long a server can send a client away.
const mostGoingAway = 5 * time.Minute

// refID is the action that a ref of ours names, or zero.
func refID(ref string) api.ActionID {
	var id api.ActionID
	if id.UnmarshalText([]byte(ref)) != nil {
		return api.ActionID{}
	}
	return id
}

func (k *conn) hello(ctx context.Context, f api.ServerFrame) error {
	s := k.s
	if s.in.Hello(f.Epoch) {
		s.attached, s.cursor, s.version, s.marks = false, "", inbox.Version{}, marks{}
		s.tell(Reset{})
	}
	s.hints.greeted(f.Features)
	s.tell(Greeted{f.Epoch})
	return k.write(ctx, api.ClientFrame{Kind: api.FrameAttach, Cursor: s.cursor})
}

// nowLive ends an attach, the first or one after lagging: what is missing now
// will not be pushed, and answers may have been lost. The version is the
// person's that the heads show.
func (k *conn) nowLive(ctx context.Context, version int64, now time.Time) {
	k.readChanges(ctx)(k.s.version.Attached(version))
	if k.live.IsZero() {
		k.live = now
	}
	k.s.attached = true
	k.pull = nil
	k.s.in.Attached(now)
	k.s.out.Again()
	k.s.marks.again()
}

// head takes where a conversation stands and has it followed if that is wished.
func (s *Stream) head(h api.Head, now time.Time) {
	s.marks.shown(h)
	known := s.in.Knows(h.Conversation)
	s.in.Head(h, now)
	if !known && s.cfg.Follow != nil {
		if after, follow := s.cfg.Follow(h, s.attached); follow {
			s.in.Follow(h.Conversation, after, now)
		}
	}
	s.receive(h.Conversation)
	s.tellHead(h.Conversation)
}

func (k *conn) entries(f api.ServerFrame, now time.Time) {
	if k.pull == nil || f.Ref != k.pullRef() || f.Page == nil {
		return // an answer that came too late
	}
	page := *f.Page
	page.Conversation = k.pull.Conversation
	page.Entries = slices.DeleteFunc(page.Entries, func(e api.Entry) bool { return e.Conversation != page.Conversation })
	k.pull = nil
	for _, e := range page.Entries {
		k.s.settleBy(e, now)
	}
	k.s.tellArrived(k.s.in.Page(page, now))
}

func (s *Stream) settle(r api.Result, now time.Time) {
	if a, open := s.out.Settle(r, now); open {
		s.tell(Settled{a, r})
	}
}

// settleBy settles an own action by its entry: the entry and the result may come
// in either order, and one of them may be lost.
func (s *Stream) settleBy(e api.Entry, now time.Time) {
	h, known := s.in.State(e.Conversation)
	it, open := s.out.Get(e.Action)
	if !known || !open || e.Sender != h.Me {
		return
	}
	outcome, ok := outcomes[it.Action.Type]
	if ok && outcome.kind == e.Kind {
		s.settle(api.Result{Action: e.Action, Outcome: outcome.outcome, Conversation: e.Conversation, Seq: e.Seq, Ord: e.Ord, Time: e.Time}, now)
	}
}

// outcomes are those that an entry tells.
var outcomes = map[api.ActionType]struct {
	kind    api.EntryKind
	outcome api.Outcome
}{
	api.SendMessage:  {api.EntryMessage, api.MessageSent},
	api.CreateGroup:  {api.EntryCreate, api.GroupCreated},
	api.AddMember:    {api.EntryMember, api.MemberAdded},
	api.RemoveMember: {api.EntryMember, api.MemberRemoved},
	api.LeaveGroup:   {api.EntryMember, api.MemberLeft},
}

func (s *Stream) drop(id api.ActionID, why *api.Problem) {
	if a, open := s.out.Fail(id, why); open {
		s.tell(Failed{a, why})
	}
}

func (s *Stream) marksMoved(f api.ServerFrame) {
	s.tell(Marks{Conversation: f.Conversation, Member: f.Member, Received: f.Received, Read: f.Read})
	if h, ok := s.in.State(f.Conversation); ok && h.Me == f.Member {
		s.in.Mark(f.Conversation, f.Received, f.Read)
		s.tellHead(f.Conversation)
	}
}

// problem takes a refusal of one of our frames, which its ref names.
func (k *conn) problem(f api.ServerFrame, now time.Time) {
	s := k.s
	if f.Problem == nil {
		return
	}
	if k.pull != nil && f.Ref == k.pullRef() {
		k.endPull(now)
		return
	}
	if f.Ref == watchRef {
		s.hints.refused(now, f.Problem)
		return
	}
	id := refID(f.Ref)
	if id.IsZero() {
		s.cfg.Log.Warn("the server refused a frame", "code", f.Problem.Code, "pointer", f.Problem.Pointer)
		return
	}
	switch f.Problem.Code {
	case "too_many", "unavailable", "starting", "storage_full", "unknown_outcome", "internal", "signed_out":
		if it, open := s.out.Get(id); open {
			pause := max(k.slow.Next(), time.Duration(f.Problem.RetryAfter)*time.Second, time.Second)
			s.out.Later(id, now.Add(pause))
			s.tell(Delayed{it.Action, f.Problem})
		}
	default:
		s.drop(id, f.Problem)
	}
}

// readChanges reads what changed for the person after a version, if that is to
// be done: what another device did, or a room that was lost on the way. It tries
// again until the connection ends; the next one begins anew.
func (k *conn) readChanges(ctx context.Context) func(after int64, read bool) {
	return func(after int64, read bool) {
		if !read {
			return
		}
		k.helpers.Go(func() {
			changes, err := k.changes(ctx, after)
			if err != nil {
				return // the connection has ended
			}
			k.s.post(func(now time.Time) {
				if ctx.Err() != nil {
					return
				}
				if k.s.version.Read(after, changes.Version) {
					k.s.changed(changes, now)
				}
				k.readChanges(ctx)(k.s.version.Moved(0))
			})
		})
	}
}

func (k *conn) changes(ctx context.Context, after int64) (api.Changes, error) {
	var backoff call.Backoff
	for {
		changes, err := k.s.c.Changes(ctx, after)
		if err == nil || ctx.Err() != nil {
			return changes, err
		}
		k.s.cfg.Log.DebugContext(ctx, "changes not read", "err", err)
		timer := time.NewTimer(backoff.Next())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return changes, ctx.Err()
		}
	}
}

func (s *Stream) changed(c api.Changes, now time.Time) {
	for _, h := range c.Heads {
		s.head(h, now)
	}
	for _, b := range c.Blocks {
		s.tell(BlockChanged{b})
	}
}
