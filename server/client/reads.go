package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

// Conversations reads the heads of all conversations, those that were left included.
func (c *Client) Conversations(ctx context.Context) ([]api.Head, error) {
	return call.Pages(func(last *api.Head) ([]api.Head, error) {
		q := call.Query{"limit": strconv.Itoa(api.HeadsPage)}
		if last != nil {
			q["after"] = last.Conversation.String()
		}
		l, err := call.Ask[struct {
			Conversations []api.Head `json:"conversations"`
		}](ctx, &c.caller, http.MethodGet, "/v1/conversations"+q.String(), nil)
		return l.Conversations, err
	})
}

// Head reads where a conversation stands.
func (c *Client) Head(ctx context.Context, id api.ConversationID) (api.Head, error) {
	return call.Ask[api.Head](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String(), nil)
}

// Direct reads where the direct conversation with a person stands; a Problem not_found when there is none yet.
func (c *Client) Direct(ctx context.Context, handle string) (api.Head, error) {
	return call.Ask[api.Head](ctx, &c.caller, http.MethodGet, "/v1/direct/"+url.PathEscape(handle), nil)
}

// Members reads all members of a conversation.
func (c *Client) Members(ctx context.Context, id api.ConversationID) ([]api.Member, error) {
	return call.Pages(func(last *api.Member) ([]api.Member, error) {
		q := call.Query{"limit": "200"}
		if last != nil {
			q["after"] = last.Member.String()
		}
		l, err := call.Ask[struct {
			Members []api.Member `json:"members"`
		}](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/members"+q.String(), nil)
		return l.Members, err
	})
}

// Blocks reads whom the person blocks.
func (c *Client) Blocks(ctx context.Context) ([]api.Block, error) {
	return call.Pages(func(last *api.Block) ([]api.Block, error) {
		q := call.Query{}
		if last != nil {
			q["after"] = last.Handle
		}
		l, err := call.Ask[struct {
			Blocks []api.Block `json:"blocks"`
		}](ctx, &c.caller, http.MethodGet, "/v1/me/blocks"+q.String(), nil)
		return l.Blocks, err
	})
}

// Changes reads what changed for the person after a version of theirs.
func (c *Client) Changes(ctx context.Context, after int64) (api.Changes, error) {
	return call.Ask[api.Changes](ctx, &c.caller, http.MethodGet, "/v1/me/changes"+call.Query{"after": call.Number(after)}.String(), nil)
}

// Messages reads a page of messages, ascending: with before > 0 the last ones
// below it, else those after after. A limit of 0 is the server's.
func (c *Client) Messages(ctx context.Context, id api.ConversationID, before, after int64, limit int) (api.Page, error) {
	q := call.Query{"before": call.Number(before), "after": call.Number(after), "limit": call.Number(int64(limit))}
	return call.Ask[api.Page](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/messages"+q.String(), nil)
}

// Entries reads a page of a conversation's log: after < seq <= to (0: to the end).
func (c *Client) Entries(ctx context.Context, id api.ConversationID, after, to int64, limit int) (api.Page, error) {
	q := call.Query{"after": call.Number(after), "to": call.Number(to), "limit": call.Number(int64(limit))}
	return call.Ask[api.Page](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/entries"+q.String(), nil)
}

// Outcome reads what became of an action; a Problem not_known_yet while that is open.
func (c *Client) Outcome(ctx context.Context, id api.ActionID) (api.Result, error) {
	return call.Ask[api.Result](ctx, &c.caller, http.MethodGet, "/v1/actions/"+id.String(), nil)
}

// Mark says how far the reader has received and read; 0 leaves a mark as it is.
func (c *Client) Mark(ctx context.Context, id api.ConversationID, received, read int64) error {
	_, err := call.Ask[call.None](ctx, &c.caller, http.MethodPut, "/v1/conversations/"+id.String()+"/marks", struct {
		Received int64 `json:"received,omitempty"`
		Read     int64 `json:"read,omitempty"`
	}{received, read})
	return err
}

// Raw asks any route. It returns the answer's body also with a *api.Problem.
func (c *Client) Raw(ctx context.Context, method, path, key string, body []byte) ([]byte, error) {
	a, err := c.caller.Send(ctx, call.Request{Method: method, Path: path, Key: key, Body: body})
	return a.Body, err
}
