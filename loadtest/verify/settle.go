package verify

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/history"
	"golang.org/x/sync/errgroup"
)

// notYet is an error that waiting mends, where err says that an outcome is not known yet.
func notYet(err error) error {
	var problem *api.Problem
	if errors.As(err, &problem) && problem.Code == "not_known_yet" {
		return errors.New("not known yet")
	}
	return err
}

// settle reads, once all is calm, the outcome of everything that was asked for
// and all that each person may see.
func (s *stage) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	// The log keeps order: once this has its result, all that was accepted before
	// is decided. Unblocking oneself is refused, and leaves nothing.
	one := s.people[0]
	one.insist(ctx, func() error {
		_, err := one.http.Action(ctx, api.NewActionID().String(), api.Action{Type: api.ClearBlock, To: one.handle})
		return err
	})
	by := map[string][]*history.Asked{}
	for _, x := range s.told.Asked {
		by[x.Person] = append(by[x.Person], x)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for _, p := range s.people {
		if p.gone.Load() {
			continue // there is nobody to ask
		}
		g.Go(func() error {
			if err := p.outcomes(ctx, by[p.handle]); err != nil {
				return err
			}
			return p.finals(ctx)
		})
	}
	return g.Wait()
}

func (p *person) outcomes(ctx context.Context, asked []*history.Asked) error {
	for _, x := range asked {
		r, err := p.http.Outcome(ctx, x.Action.ID)
		var problem *api.Problem
		switch {
		case err == nil:
			x.Outcome = &r
		case !errors.As(err, &problem) || problem.Code != "not_known_yet":
			return err
		}
	}
	return nil
}

func (p *person) finals(ctx context.Context) error {
	heads, err := p.http.Conversations(ctx)
	if err != nil {
		return err
	}
	for _, h := range heads {
		f := history.Final{Person: p.handle, Head: h}
		if f.Page, err = p.entries(ctx, h.Conversation); err != nil {
			return err
		}
		if f.Messages, err = p.messages(ctx, h.Conversation); err != nil {
			return err
		}
		p.stage.told.End(f)
	}
	return nil
}

// entries reads a conversation's log from its beginning to its end.
func (p *person) entries(ctx context.Context, c api.ConversationID) (whole api.Page, err error) {
	for {
		page, err := p.http.Entries(ctx, c, whole.Next, 0, 0)
		if err != nil {
			return whole, err
		}
		whole.Conversation = page.Conversation
		whole.Entries = append(whole.Entries, page.Entries...)
		whole.Withheld = append(whole.Withheld, page.Withheld...)
		if page.More && page.Next <= whole.Next {
			return whole, errors.New("a page goes on where it began")
		}
		if whole.Next = page.Next; !page.More {
			return whole, nil
		}
	}
}

// messages reads all messages of a conversation as they stand, from the last page backwards.
func (p *person) messages(ctx context.Context, c api.ConversationID) (all []api.Entry, err error) {
	for before := int64(0); ; before = all[0].Seq {
		page, err := p.http.Messages(ctx, c, before, 0, 0)
		if err != nil {
			return nil, err
		}
		all = append(page.Entries, all...)
		if len(page.Entries) == 0 || !page.More {
			return all, nil
		}
	}
}
