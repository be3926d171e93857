package talk

import (
	"context"
	"fmt"
	"slices"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/talk/entry"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
	"github.com/spf13/cobra"
)

func (a *commands) history() *cobra.Command {
	var before int64
	var limit int
	cmd := a.Reading(&cobra.Command{
		Use:   "history TO",
		Short: "Show the latest messages of a conversation, oldest first",
		Long: `Show the latest messages of a conversation, oldest first.

TO is @HANDLE, a group's name or a conversation's id, as with send. To read on
backwards give the first SEQ shown as --before.`,
		Args: cli.Args(1, 1),
	}, func(ctx context.Context, c *client.Client, p *cli.Printer, args []string) error {
		switch {
		case limit < 1:
			return cli.Misused("it is at least 1", "--limit %d shows nothing", limit)
		case before < 0:
			return cli.Misused("it is a SEQ that history has shown", "--before %d is no place in a conversation", before)
		}
		to, err := resolve(ctx, c, args[0])
		if err != nil {
			return err
		}
		head, err := to.head(ctx, c)
		if to.handle != "" && cli.IsProblem(err, "not_found") {
			if _, lost := c.Me(ctx); lost != nil { // nothing is where the URL leads, not only this conversation
				return lost
			}
			a.Say("no messages with @%s yet", to.handle) // nor could an unknown handle be told apart (promises, rule 17)
			return nil
		}
		if err != nil {
			return err
		}
		entries, err := latest(ctx, c, head.Conversation, before, limit)
		if err != nil {
			return err
		}
		return show(ctx, c, p, head, entries)
	})
	cmd.Flags().Int64Var(&before, "before", 0, "only messages before this `SEQ`")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most `N` messages")
	return cmd
}

// latest reads the limit messages before a place, or the last ones, ascending.
func latest(ctx context.Context, c *client.Client, id api.ConversationID, before int64, limit int) ([]api.Entry, error) {
	var pages [][]api.Entry
	for limit > 0 {
		page, err := c.Messages(ctx, id, before, 0, min(limit, api.EntriesPage))
		if err != nil {
			return nil, err
		}
		if len(page.Entries) == 0 {
			break
		}
		pages = append(pages, page.Entries)
		limit -= len(page.Entries)
		before = page.Entries[0].Seq
		if !page.More {
			break
		}
	}
	slices.Reverse(pages)
	return slices.Concat(pages...), nil
}

func show(ctx context.Context, c *client.Client, p *cli.Printer, head api.Head, entries []api.Entry) error {
	who := peopleOf(c, head.Conversation)
	for _, e := range entries {
		r, err := who.Row(ctx, e)
		if err != nil {
			return err
		}
		if err := p.One(r, r.Line(entry.Place(head))); err != nil {
			return err
		}
	}
	return nil
}

func peopleOf(c *client.Client, id api.ConversationID) *entry.People {
	return &entry.People{List: func(ctx context.Context) ([]api.Member, error) {
		members, err := c.Members(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading who is who: %w", err)
		}
		return members, nil
	}}
}
