package talks

import (
	"context"
	"fmt"
	"strings"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text/plural"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// which reads CONVERSATION: an id, a group's name (#NAME where it looks like
// something else), or the two handles of a direct one, as list shows them. A name
// of several is a usage error that lists them.
func which(ctx context.Context, admin *adminapi.Client, arg string) (c api.Conversation, err error) {
	var id api.ConversationID
	if id.UnmarshalText([]byte(arg)) == nil {
		return admin.Conversation(ctx, id)
	}
	if strings.HasPrefix(arg, "@") {
		return between(ctx, admin, strings.FieldsFunc(arg, func(r rune) bool { return r == ' ' || r == ',' }))
	}
	name := strings.TrimPrefix(arg, "#")
	groups, err := admin.Conversations(ctx, api.ConversationFilter{Kind: api.Group, Name: name}, "", api.ConversationID{})
	switch {
	case err != nil:
		return c, err
	case len(groups) == 0:
		return c, &cli.Error{Status: cli.Refused, What: fmt.Sprintf("there is no group called %q", name), Do: "see chatctl admin conversations list"}
	case len(groups) == 1:
		return groups[0], nil
	}
	return c, cli.Misused("give the id of the one you mean: "+candidates(groups), "%q names several groups", name)
}

// mostCandidates is how many conversations an error lists.
const mostCandidates = 10

func candidates(groups []api.Conversation) string {
	var list []string
	for _, g := range groups[:min(len(groups), mostCandidates)] {
		list = append(list, fmt.Sprintf("%s (%s, %s)", g.Conversation, plural.Of(g.Members, "member"), plural.Of(g.Messages, "message")))
	}
	if n := len(groups) - len(list); n > 0 {
		list = append(list, "others: chatctl admin conversations list --name")
	}
	return cli.Or(list)
}

// between is the direct conversation of two people.
func between(ctx context.Context, admin *adminapi.Client, people []string) (none api.Conversation, err error) {
	if len(people) != 2 {
		return none, cli.Misused("write both people of a direct conversation: '@ada @bob'", "%s names no two people", strings.Join(people, " "))
	}
	var handles [2]string
	for i, p := range people {
		if handles[i], err = cli.Handle(p); err != nil {
			return none, err
		}
	}
	for after := none.Conversation; ; {
		page, err := admin.Conversations(ctx, api.ConversationFilter{Kind: api.Direct}, handles[0], after)
		if err != nil {
			return none, err
		}
		for _, c := range page {
			if with(c, handles) {
				return c, nil
			}
			after = c.Conversation
		}
		if len(page) == 0 {
			return none, &cli.Error{Status: cli.Refused, What: fmt.Sprintf("@%s and @%s have no conversation", handles[0], handles[1]),
				Do: "see chatctl admin conversations list --kind direct"}
		}
	}
}

// with reports whether c is between these two, who may be one.
func with(c api.Conversation, handles [2]string) bool {
	return len(c.People) == 2 && (c.People[0] == handles[0] && c.People[1] == handles[1] || c.People[0] == handles[1] && c.People[1] == handles[0])
}
