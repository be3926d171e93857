package demo

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/stream"
)

// attention is how many messages wait for a bot; of more it misses some.
const attention = 64

// bot is one of the people.
type bot struct {
	handle string
	beat   time.Duration
	log    *slog.Logger
	client *client.Client
	stream *stream.Stream
	heard  chan stream.Arrived
	seen   chan struct{} // told once when the guest is online

	// Of live's goroutine:
	members map[api.ConversationID][]api.Member
	said    int // answers until now
}

func newBot(cfg Config, in api.SignedIn) (*bot, error) {
	c, err := client.New(client.Config{Server: cfg.Server, Token: in.Token})
	if err != nil {
		return nil, err
	}
	b := &bot{
		handle: in.Handle, beat: cfg.Beat, log: cfg.Log.With("bot", in.Handle), client: c,
		heard: make(chan stream.Arrived, attention), seen: make(chan struct{}, 1), members: map[api.ConversationID][]api.Member{},
	}
	b.stream = stream.New(c, stream.Config{Handle: b.hears, Follow: unread, Received: true, Log: b.log})
	return b, nil
}

// unread follows every conversation from what was not read, so that a message
// that came before the bot was connected is answered, too.
func unread(h api.Head, _ bool) (after int64, follow bool) { return h.ReadSeq, true }

// hears takes what the stream tells; it never waits.
func (b *bot) hears(e stream.Event) {
	switch e := e.(type) {
	case stream.Arrived:
		if e.Entry.Kind != api.EntryMessage || e.Entry.Sender == e.Head.Me {
			return
		}
		select {
		case b.heard <- e:
		default: // as people do who are spoken to too fast
		}
	case stream.Presence:
		if slices.Contains(e.People, api.Presence{Handle: guest, Online: true}) {
			select {
			case b.seen <- struct{}{}:
			default:
			}
		}
	}
}

// live reads, and answers, until ctx ends.
func (b *bot) live(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-b.heard:
			b.hear(ctx, a)
		}
	}
}

// hear reads one message, and answers it when it is the guest's and this bot's
// turn, or when another bot asks this one.
func (b *bot) hear(ctx context.Context, a stream.Arrived) {
	if !pause(ctx, b.beat/2) {
		return
	}
	b.stream.Mark(a.Entry.Conversation, a.Entry.Seq, a.Entry.Seq)
	body, err := api.DecodeTolerant[api.MessageBody](a.Entry.Body)
	if err != nil || body.Deleted {
		return
	}
	from, present := b.who(ctx, a)
	var said saying
	switch {
	case from == guest && answerer(body.Text, a.Entry.Seq, present) == b.handle:
		said = answer(b.handle, body.Text, b.said, present)
		b.said++
	case from != guest && names(body.Text, b.handle):
		said = asides[b.handle]
	default:
		return
	}
	if said.reply {
		said.replyTo = a.Entry.Seq
	}
	b.say(ctx, a.Entry.Conversation, said)
}

// who is the handle of the sender, and those of all who are there.
func (b *bot) who(ctx context.Context, a stream.Arrived) (from string, present []string) {
	id := a.Entry.Conversation
	sender := func(m api.Member) bool { return m.Member == a.Entry.Sender }
	if !slices.ContainsFunc(b.members[id], sender) {
		m, err := b.client.Members(ctx, id)
		if err != nil {
			if ctx.Err() == nil {
				b.log.InfoContext(ctx, "members not read", "err", err)
			}
			return "", nil
		}
		b.members[id] = m
	}
	for _, m := range b.members[id] {
		if sender(m) {
			from = m.Handle
		}
		if m.Membership == api.Present {
			present = append(present, m.Handle)
		}
	}
	return from, present
}

// say types a while, sends, corrects what was said in haste, and returns the
// message's seq, 0 where it was not sent. A refusal is an answer: bots may be
// blocked and removed as anybody.
func (b *bot) say(ctx context.Context, in api.ConversationID, s saying) int64 {
	if !pause(ctx, b.beat/2) {
		return 0
	}
	b.stream.Typing(in)
	if !pause(ctx, 2*b.beat) {
		return 0
	}
	text := s.text
	if s.haste != "" {
		text = s.haste
	}
	r, err := b.client.Action(ctx, "", api.Action{Type: api.SendMessage, Conversation: in, Text: text, ReplyTo: s.replyTo})
	if err == nil && s.haste != "" && pause(ctx, 2*b.beat) {
		_, err = b.client.Action(ctx, "", api.Action{Type: api.EditMessage, Conversation: in, Target: r.Seq, Text: s.text})
	}
	if err != nil && ctx.Err() == nil {
		b.log.InfoContext(ctx, "not said", "err", err)
	}
	return r.Seq
}
