package admin

import (
	"context"
	"fmt"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// proposals are what a shell proposes for the arguments of these commands.
func (c *commands) proposals() complete.Table {
	return complete.Table{
		"HANDLE":       c.Proposing(handles),
		"GRANT":        complete.Words(api.GrantAdmin, api.GrantLoadTest),
		"SESSION":      c.Proposing(sessions),
		"INVITE":       c.Proposing(invites),
		"NUMBER":       c.Proposing(reports),
		"CONNECTION":   c.Proposing(connections),
		"CONVERSATION": c.Proposing(conversations),
		"COMMAND":      complete.Commands(c.root),
	}
}

// handles begins its page right before what is typed: ~ comes after all that a
// handle is made of.
func handles(ctx context.Context, admin *adminapi.Client, at complete.Place) (out []complete.Word, _ error) {
	var after string
	if n := len(at.Typed); n > 0 {
		after = at.Typed[:n-1] + string(rune(at.Typed[n-1]-1)) + "~"
	}
	users, err := admin.Users(ctx, api.UserFilter{}, after)
	for _, u := range users {
		if !u.Deleted {
			out = append(out, complete.Word{Word: u.Handle, About: u.DisplayName})
		}
	}
	return out, err
}

func sessions(ctx context.Context, admin *adminapi.Client, at complete.Place) (out []complete.Word, _ error) {
	list, err := admin.Sessions(ctx, at.Before[0])
	for _, s := range list {
		out = append(out, complete.Word{Word: s.Session.String(), About: s.Name})
	}
	return out, err
}

func invites(ctx context.Context, admin *adminapi.Client, _ complete.Place) (out []complete.Word, _ error) {
	list, err := admin.Invites(ctx)
	for _, i := range list {
		if !i.Revoked {
			out = append(out, complete.Word{Word: i.Invite, About: i.Note})
		}
	}
	return out, err
}

func reports(ctx context.Context, admin *adminapi.Client, _ complete.Place) (out []complete.Word, _ error) {
	list, err := allReports(ctx, admin, false)
	for _, r := range list {
		out = append(out, complete.Word{Word: fmt.Sprint(r.Number), About: "of @" + r.Reported + ", by @" + r.Reporter})
	}
	return out, err
}

func connections(ctx context.Context, admin *adminapi.Client, _ complete.Place) (out []complete.Word, _ error) {
	for after := int64(0); ; {
		page, err := admin.Connections(ctx, after)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, r := range page {
			out = append(out, complete.Word{Word: fmt.Sprint(r.Connection), About: "@" + r.Handle + " " + standingOf(r)})
			after = r.Connection
		}
	}
}

// conversations are the groups, which have names to type.
func conversations(ctx context.Context, admin *adminapi.Client, _ complete.Place) (out []complete.Word, _ error) {
	for after := (api.ConversationID{}); ; {
		page, err := admin.Conversations(ctx, api.ConversationFilter{Kind: api.Group}, "", after)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, r := range page {
			out = append(out, complete.Word{Word: cli.GroupName(r.Name), About: r.Conversation.String()})
			after = r.Conversation
		}
	}
}
