package talk

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/client"
)

// recipient is what a TO argument names: a person by handle, or a conversation by id.
type recipient struct {
	handle       string
	conversation api.ConversationID
}

// resolve reads a TO argument: @HANDLE, a group's name (#NAME for one that looks
// like something else) or a conversation's id. A name that fits two groups is a
// usage error that shows both ids.
func resolve(ctx context.Context, c *client.Client, to string) (recipient, error) {
	if strings.HasPrefix(to, "@") {
		handle, err := cli.Handle(to)
		return recipient{handle: handle}, err
	}
	name, named := strings.CutPrefix(to, "#")
	var id api.ConversationID
	if !named && id.UnmarshalText([]byte(name)) == nil {
		return recipient{conversation: id}, nil
	}
	if err := text.Name(name, api.MaxName); err != nil {
		return recipient{}, cli.Misused("TO is @HANDLE, a group's name, or a conversation's id", "%q is no recipient: %v", to, err)
	}
	heads, err := c.Conversations(ctx)
	if err != nil {
		return recipient{}, err
	}
	return groupNamed(heads, name)
}

// groupNamed prefers the groups that the reader is in now to those that were left.
func groupNamed(heads []api.Head, name string) (recipient, error) {
	for _, membership := range []api.Membership{api.Present, api.Gone} {
		var ids []string
		var found recipient
		for _, h := range heads {
			if h.Kind == api.Group && h.Name == name && h.Membership == membership {
				ids = append(ids, h.Conversation.String())
				found.conversation = h.Conversation
			}
		}
		switch {
		case len(ids) == 1:
			return found, nil
		case len(ids) > 1:
			return recipient{}, cli.Misused("give the id of the one you mean: "+strings.Join(ids, " or "), "%q names %d groups", name, len(ids))
		}
	}
	do := "see your groups: chatctl group list"
	if text.Handle(name) == nil {
		do += "; a person is written @" + name
	}
	return recipient{}, &cli.Error{Status: cli.Refused, What: "you are in no group called " + name, Do: do}
}

// head reads where the conversation of r stands; one with a person that has no
// message yet is not there.
func (r recipient) head(ctx context.Context, c *client.Client) (api.Head, error) {
	if r.handle != "" {
		return c.Direct(ctx, r.handle)
	}
	return c.Head(ctx, r.conversation)
}

// handlesOf reads several.
func handlesOf(args []string) (handles []string, err error) {
	for _, arg := range args {
		handle, err := cli.Handle(arg)
		if err != nil {
			return nil, err
		}
		handles = append(handles, handle)
	}
	return handles, nil
}
