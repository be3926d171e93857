// Package demo is who lives on the server of `chatctl demo`: a few people who
// know each other, and who talk with whoever looks in.
//
// What they say is in script.go and answers.go, which are pure; a bot says it as any program
// could, over the public client. Move makes the accounts and what was said
// before; Run lets the people live until its context ends, and has then ended
// all that it started. A Company belongs to one goroutine at a time. The server
// is not this package's: who started it ends it.
package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/chatctl/chatctl/server/client/adminapi"
	"golang.org/x/sync/errgroup"
)

// Config says where the people live.
type Config struct {
	Server string           // its URL
	Admin  *adminapi.Client // of that server: accounts are made with it
	Beat   time.Duration    // how long people take for a thought; typing a line takes a few
	Log    *slog.Logger
}

// Company is the people, once they have moved in.
type Company struct {
	Guest api.SignedIn // the account of whoever looks in

	beat  time.Duration
	bots  map[string]*bot
	rooms map[string]api.ConversationID
	said  map[string][]int64 // by place: the seq of each line
}

// Move makes the people's accounts and the guest's, their groups, and what was
// said in them before. Close must be called, unless there is an error.
func Move(ctx context.Context, cfg Config) (_ *Company, err error) {
	c := &Company{beat: cfg.Beat, bots: map[string]*bot{}, rooms: map[string]api.ConversationID{}, said: map[string][]int64{}}
	defer func() {
		if err != nil {
			c.Close()
		}
	}()
	for _, p := range cast {
		in, err := account(ctx, cfg, p)
		if err != nil {
			return nil, fmt.Errorf("making the account of %s: %w", p.handle, err)
		}
		if p.handle == guest {
			c.Guest = in
			continue
		}
		if c.bots[p.handle], err = newBot(cfg, in); err != nil {
			return nil, err
		}
	}
	if err := c.furnish(ctx, cfg); err != nil {
		return nil, fmt.Errorf("filling the conversations: %w", err)
	}
	return c, nil
}

// account makes one account, whose password nobody needs again.
func account(ctx context.Context, cfg Config, p person) (in api.SignedIn, err error) {
	password := rand.Text()
	if _, err := cfg.Admin.CreateUser(ctx, adminapi.NewUser{
		Handle: p.handle, DisplayName: p.name, Email: p.handle + "@example.org", Password: password, Verified: true,
	}); err != nil {
		return in, err
	}
	c, err := client.New(client.Config{Server: cfg.Server})
	if err != nil {
		return in, err
	}
	defer c.Close()
	return c.SignIn(ctx, p.handle, password, "chatctl demo")
}

// furnish makes the groups, and says what was said before the guest came.
func (c *Company) furnish(ctx context.Context, cfg Config) error {
	for _, r := range rooms {
		made, err := c.bots[r.members[0]].client.Action(ctx, "", api.Action{
			Type: api.CreateGroup, Name: r.name, History: api.All, Members: append([]string{guest}, r.members[1:]...),
		})
		if err != nil {
			return fmt.Errorf("making #%s: %w", r.name, err)
		}
		c.rooms[r.name] = made.Conversation
	}
	for _, l := range before {
		if err := c.sayBefore(ctx, l); err != nil {
			return fmt.Errorf("%s in %s: %w", l.who, l.in, err)
		}
	}
	return c.readBefore(ctx, cfg)
}

// place names where a line is said.
func (l line) place() string {
	if l.in == private {
		return private + l.who
	}
	return l.in
}

// sayBefore says a line at once; the first one makes a private conversation.
func (c *Company) sayBefore(ctx context.Context, l line) error {
	at := l.place()
	a := api.Action{Type: api.SendMessage, Text: l.text, ReplyTo: c.answered(l)}
	if l.in == private {
		a.To = guest
	} else {
		a.Conversation = c.rooms[at]
	}
	r, err := c.bots[l.who].client.Action(ctx, "", a)
	if err != nil {
		return err
	}
	c.rooms[at] = r.Conversation
	c.said[at] = append(c.said[at], r.Seq)
	return nil
}

// answered is the seq of the line that l replies to, 0 where there is none.
func (c *Company) answered(l line) int64 {
	if lines := c.said[l.place()]; l.answers > 0 && l.answers <= len(lines) {
		return lines[l.answers-1]
	}
	return 0
}

// readBefore marks what the guest has read of it, and waits until that is so.
func (c *Company) readBefore(ctx context.Context, cfg Config) error {
	g, err := client.New(client.Config{Server: cfg.Server, Token: c.Guest.Token})
	if err != nil {
		return err
	}
	defer g.Close()
	for in, lines := range read {
		upTo := c.said[in][lines-1]
		if err := g.Mark(ctx, c.rooms[in], upTo, upTo); err != nil {
			return fmt.Errorf("reading %s: %w", in, err)
		}
	}
	for {
		heads, err := g.Conversations(ctx)
		if err != nil {
			return fmt.Errorf("waiting for the marks: %w", err)
		}
		if c.marked(heads) {
			return nil
		}
		if !pause(ctx, lookAgain) {
			return context.Cause(ctx)
		}
	}
}

// lookAgain is how long marks may take before one asks for them again.
const lookAgain = 200 * time.Millisecond

// marked reports whether the guest has read what they should.
func (c *Company) marked(heads []api.Head) bool {
	for in, lines := range read {
		want := c.said[in][lines-1]
		if !slices.ContainsFunc(heads, func(h api.Head) bool { return h.Conversation == c.rooms[in] && h.ReadSeq >= want }) {
			return false
		}
	}
	return true
}

// Run lets the people live until ctx ends. It returns early only when the server
// will not have one of them any more.
func (c *Company) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, b := range c.bots {
		g.Go(func() error { return b.stream.Run(ctx) })
		g.Go(func() error { b.live(ctx); return nil })
	}
	g.Go(func() error { c.chatter(ctx); return nil })
	if err := g.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// chatter is what people say of themselves, once the guest was seen.
func (c *Company) chatter(ctx context.Context) {
	b := c.bots[host]
	b.stream.WatchPresence(guest)
	select {
	case <-b.seen:
	case <-ctx.Done():
		return
	}
	for _, l := range chatter {
		if !pause(ctx, time.Duration(l.after)*c.beat) {
			return
		}
		l.replyTo = c.answered(l)
		at := l.place()
		c.said[at] = append(c.said[at], c.bots[l.who].say(ctx, c.rooms[at], l.saying))
	}
}

// Close ends the people's idle connections, after Run.
func (c *Company) Close() {
	for _, b := range c.bots {
		if b != nil {
			b.client.Close()
		}
	}
}

// pause waits and reports false when ctx ended before.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
