package record

import (
	"context"
	"fmt"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"golang.org/x/sync/errgroup"
)

// Conversations reads every head.
func (p *Person) Conversations(ctx context.Context) (heads []api.Head, err error) {
	for after := ""; ; {
		var page struct {
			Conversations []api.Head `json:"conversations"`
		}
		if err := p.Get(ctx, "/v1/conversations"+after, &page); err != nil {
			return nil, err
		}
		for _, h := range page.Conversations {
			p.Recorder.History.Know(p.Handle, h)
		}
		heads = append(heads, page.Conversations...)
		if len(page.Conversations) < api.HeadsPage {
			return heads, nil
		}
		after = "?after=" + heads[len(heads)-1].Conversation.String()
	}
}

// WatchHeads reads the heads again and again until ctx ends, so that marks that
// go back are seen. A server that is away is asked again.
func (p *Person) WatchHeads(ctx context.Context, every time.Duration) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		heads, err := p.Conversations(ctx)
		if err != nil {
			continue
		}
		for _, h := range heads {
			p.Recorder.History.Head(p.Handle, h)
		}
	}
}

// Entries reads a conversation's log, all of it that the person may see.
func (p *Person) Entries(ctx context.Context, c api.ConversationID) (whole api.Page, err error) {
	whole.Conversation = c
	for {
		var page api.Page
		if err := p.Get(ctx, fmt.Sprintf("/v1/conversations/%s/entries?after=%d", c, whole.Next), &page); err != nil {
			return whole, err
		}
		whole.Entries = append(whole.Entries, page.Entries...)
		whole.Withheld = append(whole.Withheld, page.Withheld...)
		if page.More && page.Next <= whole.Next {
			return whole, fmt.Errorf("%s: the page after %d of %s goes on at %d", p.Handle, whole.Next, c, page.Next)
		}
		if whole.Next = page.Next; !page.More {
			return whole, nil
		}
	}
}

// Messages reads all messages of a conversation as they stand for the person,
// from the last page backwards.
func (p *Person) Messages(ctx context.Context, c api.ConversationID) (all []api.Entry, err error) {
	path := "/v1/conversations/" + c.String() + "/messages"
	for before := ""; ; {
		var page api.Page
		if err := p.Get(ctx, path+before, &page); err != nil {
			return nil, err
		}
		if !page.More {
			return append(page.Entries, all...), nil
		}
		if len(page.Entries) == 0 || len(all) > 0 && page.Entries[0].Seq >= all[0].Seq {
			return nil, fmt.Errorf("%s: the page %s of %s goes on where it began", p.Handle, before, c)
		}
		all = append(page.Entries, all...)
		before = fmt.Sprintf("?before=%d", all[0].Seq)
	}
}

// AwaitSeen waits until an entry of a conversation at or after seq came on a
// socket of the person's, and reports false when ctx ended before.
func (p *Person) AwaitSeen(ctx context.Context, c api.ConversationID, seq int64) bool {
	return Until(ctx, func() bool { return p.Recorder.History.HasSeen(p.Handle, c, seq) })
}

// Settle waits until all that was accepted is decided, and reads the outcome of
// every action that was asked for and all that each person who is left may see.
// The people must have stopped asking.
func (r *Recorder) Settle(ctx context.Context, people []*Person) error {
	asked := map[string][]*history.Asked{}
	for _, x := range r.History.Asked {
		asked[x.Person] = append(asked[x.Person], x)
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	decided := false
	for _, p := range people {
		if r.History.IsErased(p.Handle) {
			continue // there is nobody to ask
		}
		if !decided {
			p.decided(ctx)
			decided = true
		}
		g.Go(func() error {
			if err := p.outcomes(gctx, asked[p.Handle]); err != nil {
				return err
			}
			return p.finals(gctx)
		})
	}
	return g.Wait()
}

// decided waits until all that was accepted before is: what a server had accepted
// when it ended, the next one decides. The log keeps order, so it is when the
// last of all has its result; unblocking oneself is refused and leaves nothing.
func (p *Person) decided(ctx context.Context) {
	p.retry(ctx, &history.Asked{Action: api.Action{ID: api.NewActionID(), Type: api.ClearBlock, To: p.Handle}})
}

func (p *Person) outcomes(ctx context.Context, asked []*history.Asked) error {
	for _, x := range asked {
		var r api.Result
		_, problem := p.Request(ctx, "GET", "/v1/actions/"+x.Action.ID.String(), nil, &r)
		switch {
		case problem == nil:
			x.Outcome = &r
		case problem.Code != "not_known_yet":
			return fmt.Errorf("%s: reading an outcome: %w", p.Handle, problem)
		}
	}
	return nil
}

func (p *Person) finals(ctx context.Context) error {
	heads, err := p.Conversations(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		f := history.Final{Person: p.Handle, Head: h}
		if f.Page, err = p.Entries(ctx, h.Conversation); err != nil {
			return err
		}
		if f.Messages, err = p.Messages(ctx, h.Conversation); err != nil {
			return err
		}
		p.Recorder.History.End(f)
	}
	return nil
}
