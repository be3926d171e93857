package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
)

// Conversations reads the heads of all conversations, those that were left included.
func (c *Client) Conversations(ctx context.Context) ([]api.Head, error) {
	return pages(func(last *api.Head) ([]api.Head, error) {
		q := query{"limit": strconv.Itoa(api.HeadsPage)}
		if last != nil {
			q["after"] = last.Conversation.String()
		}
		l, err := call[struct {
			Conversations []api.Head `json:"conversations"`
		}](ctx, &c.caller, http.MethodGet, "/v1/conversations"+q.String(), nil)
		return l.Conversations, err
	})
}

// Head reads where a conversation stands.
func (c *Client) Head(ctx context.Context, id api.ConversationID) (api.Head, error) {
	return call[api.Head](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String(), nil)
}

// Direct reads where the direct conversation with a person stands; a Problem not_found when there is none yet.
func (c *Client) Direct(ctx context.Context, handle string) (api.Head, error) {
	return call[api.Head](ctx, &c.caller, http.MethodGet, "/v1/direct/"+url.PathEscape(handle), nil)
}

// Members reads all members of a conversation.
func (c *Client) Members(ctx context.Context, id api.ConversationID) ([]api.Member, error) {
	return pages(func(last *api.Member) ([]api.Member, error) {
		q := query{"limit": "200"}
		if last != nil {
			q["after"] = last.Member.String()
		}
		l, err := call[struct {
			Members []api.Member `json:"members"`
		}](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/members"+q.String(), nil)
		return l.Members, err
	})
}

// Blocks reads whom the person blocks.
func (c *Client) Blocks(ctx context.Context) ([]api.Block, error) {
	return pages(func(last *api.Block) ([]api.Block, error) {
		q := query{}
		if last != nil {
			q["after"] = last.Handle
		}
		l, err := call[struct {
			Blocks []api.Block `json:"blocks"`
		}](ctx, &c.caller, http.MethodGet, "/v1/me/blocks"+q.String(), nil)
		return l.Blocks, err
	})
}

// Changes reads what changed for the person after a version of theirs.
func (c *Client) Changes(ctx context.Context, after int64) (api.Changes, error) {
	return call[api.Changes](ctx, &c.caller, http.MethodGet, "/v1/me/changes"+query{"after": number(after)}.String(), nil)
}

// Messages reads a page of messages, ascending: with before > 0 the last ones
// below it, else those after after. A limit of 0 is the server's.
func (c *Client) Messages(ctx context.Context, id api.ConversationID, before, after int64, limit int) (api.Page, error) {
	q := query{"before": number(before), "after": number(after), "limit": number(int64(limit))}
	return call[api.Page](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/messages"+q.String(), nil)
}

// Entries reads a page of a conversation's log: after < seq <= to (0: to the end).
func (c *Client) Entries(ctx context.Context, id api.ConversationID, after, to int64, limit int) (api.Page, error) {
	q := query{"after": number(after), "to": number(to), "limit": number(int64(limit))}
	return call[api.Page](ctx, &c.caller, http.MethodGet, "/v1/conversations/"+id.String()+"/entries"+q.String(), nil)
}

// Outcome reads what became of an action; a Problem not_known_yet while that is open.
func (c *Client) Outcome(ctx context.Context, id api.ActionID) (api.Result, error) {
	return call[api.Result](ctx, &c.caller, http.MethodGet, "/v1/actions/"+id.String(), nil)
}

// Mark says how far the reader has received and read; 0 leaves a mark as it is.
func (c *Client) Mark(ctx context.Context, id api.ConversationID, received, read int64) error {
	_, err := call[none](ctx, &c.caller, http.MethodPut, "/v1/conversations/"+id.String()+"/marks", struct {
		Received int64 `json:"received,omitempty"`
		Read     int64 `json:"read,omitempty"`
	}{received, read})
	return err
}

// Raw asks any route. It returns the answer's body also with a *api.Problem.
func (c *Client) Raw(ctx context.Context, method, path, key string, body []byte) ([]byte, error) {
	a, err := c.send(ctx, request{method: method, path: path, key: key, body: body})
	return a.body, err
}

// pages reads pages until an empty one. page gets the last item so far.
func pages[T any](page func(last *T) ([]T, error)) (all []T, err error) {
	var last *T
	for {
		items, err := page(last)
		if err != nil || len(items) == 0 {
			return all, err
		}
		all = append(all, items...)
		last = &all[len(all)-1]
	}
}

// query is a URL's; empty values are left out.
type query map[string]string

func (q query) String() string {
	v := url.Values{}
	for name, value := range q {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// number is n for a query, where 0 is the default.
func number(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}
