package adminapi

import (
	"context"
	"net/http"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

// Conversations lists the conversations that f keeps by id after one, and with a
// handle only those that its person is in, whatever f.Member is. One page, which
// is empty after the last.
func (a *Client) Conversations(ctx context.Context, f api.ConversationFilter, member string, after api.ConversationID) ([]api.Conversation, error) {
	q := call.Query{"kind": string(f.Kind), "name": f.Name, "member": member, "limit": "500"}
	if !after.IsZero() {
		q["after"] = after.String()
	}
	l, err := call.Ask[struct {
		Conversations []api.Conversation `json:"conversations"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/conversations"+q.String(), nil)
	return l.Conversations, err
}

// Conversation reads one.
func (a *Client) Conversation(ctx context.Context, id api.ConversationID) (api.Conversation, error) {
	return call.Ask[api.Conversation](ctx, &a.caller, http.MethodGet, "/admin/v1/conversations/"+id.String(), nil)
}

// Seats lists who is or was in a conversation, by member id after one: one page, empty after the last.
func (a *Client) Seats(ctx context.Context, id api.ConversationID, after api.MemberID) ([]api.Seat, error) {
	q := call.Query{"limit": "500"}
	if !after.IsZero() {
		q["after"] = after.String()
	}
	l, err := call.Ask[struct {
		Members []api.Seat `json:"members"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/conversations/"+id.String()+"/members"+q.String(), nil)
	return l.Members, err
}

// HandOver makes a member the owner of a group. The result has no seq where they were it already.
func (a *Client) HandOver(ctx context.Context, id api.ConversationID, handle string) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPut, "/admin/v1/conversations/"+id.String()+"/owner", struct {
		Handle string `json:"handle"`
	}{handle})
}

// Purge makes every message of a conversation up to now a tombstone, for all. The
// result has no seq where no message had a text.
func (a *Client) Purge(ctx context.Context, id api.ConversationID) (api.Result, error) {
	return call.Ask[api.Result](ctx, &a.caller, http.MethodPost, "/admin/v1/conversations/"+id.String()+"/purge", nil)
}

// Connections lists open streams by number after one: one page, empty after the last.
func (a *Client) Connections(ctx context.Context, after int64) ([]api.Connection, error) {
	q := call.Query{"after": call.Number(after), "limit": "500"}
	l, err := call.Ask[struct {
		Connections []api.Connection `json:"connections"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/connections"+q.String(), nil)
	return l.Connections, err
}

// Connection reads how one stands.
func (a *Client) Connection(ctx context.Context, number int64) (api.Connection, error) {
	return call.Ask[api.Connection](ctx, &a.caller, http.MethodGet, "/admin/v1/connections/"+strconv.FormatInt(number, 10), nil)
}

// Kick ends a stream; its client may come back.
func (a *Client) Kick(ctx context.Context, number int64) (api.Connection, error) {
	return call.Ask[api.Connection](ctx, &a.caller, http.MethodDelete, "/admin/v1/connections/"+strconv.FormatInt(number, 10), nil)
}

// Trail reads what is stored of an action, whoever sent it, and who has what it made.
func (a *Client) Trail(ctx context.Context, action api.ActionID) (api.Trail, error) {
	return call.Ask[api.Trail](ctx, &a.caller, http.MethodGet, "/admin/v1/actions/"+action.String(), nil)
}
