package talk

import (
	"context"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client"
)

// proposals are what a shell proposes for the arguments of these commands.
func (a *commands) proposals() complete.Table {
	of := func(which ...func([]api.Head) []complete.Word) complete.Source {
		return a.Proposing(func(ctx context.Context, c *client.Client, _ complete.Place) (out []complete.Word, _ error) {
			heads, err := c.Conversations(ctx)
			for _, words := range which {
				out = append(out, words(heads)...)
			}
			return out, err
		})
	}
	partner := of(partners)
	return complete.Table{
		"TO": of(partners, groups), "GROUP": of(groups),
		"@HANDLE": func(ctx context.Context, at complete.Place) ([]complete.Word, error) {
			switch at.Command.Name() {
			case "unblock":
				return a.Proposing(blocked)(ctx, at)
			case "remove", "role":
				return a.Proposing(members)(ctx, at)
			}
			return partner(ctx, at)
		},
	}
}

// partners are the people that one talks with alone: a server tells nobody whom
// else it knows.
func partners(heads []api.Head) (out []complete.Word) {
	for _, h := range heads {
		if h.Kind == api.Direct && h.Peer != "" {
			out = append(out, complete.Word{Word: "@" + h.Peer})
		}
	}
	return out
}

// groups are those that one is in, by name where that says which.
func groups(heads []api.Head) (out []complete.Word) {
	called := map[string]int{}
	for _, h := range heads {
		if h.Kind == api.Group && h.Membership == api.Present {
			called[h.Name]++
		}
	}
	for _, h := range heads {
		switch {
		case h.Kind != api.Group || h.Membership != api.Present:
		case called[h.Name] > 1:
			out = append(out, complete.Word{Word: h.Conversation.String(), About: h.Name})
		default:
			out = append(out, complete.Word{Word: cli.GroupName(h.Name)})
		}
	}
	return out
}

func blocked(ctx context.Context, c *client.Client, _ complete.Place) (out []complete.Word, _ error) {
	blocks, err := c.Blocks(ctx)
	for _, b := range blocks {
		out = append(out, complete.Word{Word: "@" + b.Handle})
	}
	return out, err
}

// members are those of the group in front of the cursor.
func members(ctx context.Context, c *client.Client, at complete.Place) (out []complete.Word, _ error) {
	id, err := groupOf(ctx, c, at.Before[0])
	if err != nil {
		return nil, err
	}
	all, err := c.Members(ctx, id)
	for _, m := range all {
		if m.Handle != "" && m.Membership == api.Present {
			out = append(out, complete.Word{Word: "@" + m.Handle, About: string(m.Role)})
		}
	}
	return out, err
}
