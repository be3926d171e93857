package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/client/internal/call"
)

const (
	mostWait  = 30               // seconds that the server holds an answer back
	answering = 10 * time.Second // beyond that, for an answer to arrive
)

// Action asks for a and waits for its outcome until ctx ends. Whatever is lost on
// the way is asked for again with the same key, so that it is done once. An
// empty key is a new one; a key that is no UUID names the action through a hash
// (api.KeyedActionID). a.ID is not used.
//
// Errors: a *api.Problem when it was refused (code refused, with the reason),
// held or cannot be taken; ErrUnreachable when nothing was accepted; an
// *UnknownError with the key when ctx ended first.
func (c *Client) Action(ctx context.Context, key string, a api.Action) (api.Result, error) {
	r, err := route(a)
	if err != nil {
		return api.Result{}, err
	}
	if r.Key = key; key == "" {
		r.Key = api.NewActionID().String()
	}
	at := attempts{key: r.Key}
	for {
		r.Wait = waitFor(ctx)
		began := time.Now()
		result, err := c.attempt(ctx, r)
		if err == nil && result.Outcome != "" {
			return result, nil
		}
		pause, err := at.after(err)
		if err != nil {
			return api.Result{}, err
		}
		if !sleep(ctx, pause-time.Since(began)) {
			return api.Result{}, at.ended(ctx)
		}
	}
}

// attempt asks once. A zero Result without an error: accepted, no outcome yet.
func (c *Client) attempt(ctx context.Context, r call.Request) (result api.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(r.Wait)*time.Second+answering)
	defer cancel()
	a, err := c.caller.Send(ctx, r)
	if err != nil || a.Status != http.StatusOK {
		return result, err
	}
	result, err = api.DecodeTolerant[api.Result](a.Body)
	switch {
	case err == nil && result.Outcome != "":
		return result, nil
	case err == nil, !bytes.HasPrefix(a.Body, []byte("{")):
		return api.Result{}, fmt.Errorf("%w: it is no result", ErrForeign)
	}
	return api.Result{}, &UnknownError{Key: r.Key, Accepted: true, Err: fmt.Errorf("reading the result: %w", err)}
}

// attempts is what is known of one action after some attempts.
type attempts struct {
	key      string
	accepted bool
	unknown  bool // an attempt may have been accepted
	last     error
	backoff  call.Backoff
}

// after decides what follows an attempt that ended in err (nil: accepted,
// without its outcome): a pause and another one, or the error to return.
func (at *attempts) after(err error) (pause time.Duration, _ error) {
	at.last = err
	var p *api.Problem
	var unknown *UnknownError
	switch {
	case err == nil:
		at.accepted, at.last = true, errors.New("the server gave no result in time")
	case errors.As(err, &p):
		return at.afterProblem(p)
	case errors.As(err, &unknown):
		at.unknown = true
		at.accepted = at.accepted || unknown.Accepted
	case !at.unknown && !at.accepted:
		return 0, err
	}
	return at.backoff.Next(), nil
}

func (at *attempts) afterProblem(p *api.Problem) (time.Duration, error) {
	switch {
	case p.Code == "unavailable", p.Code == "starting", p.Code == "too_many":
	case p.Code == "unknown_outcome", p.Code == "internal", p.Code == "" && p.Status >= 500 && p.Status != http.StatusNotImplemented: // RFC 9110, 15.6.2: it can do nothing of the kind
		at.unknown = true
	case p.Code == "storage_full" && (at.unknown || at.accepted):
	default:
		return 0, p
	}
	return max(at.backoff.Next(), time.Duration(p.RetryAfter)*time.Second), nil
}

// ended is the error once ctx has.
func (at *attempts) ended(ctx context.Context) error {
	err := at.last
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", at.last, context.Cause(ctx))
	}
	if at.accepted || at.unknown {
		var u *UnknownError
		if errors.As(at.last, &u) {
			err = errors.Join(u.Err, ctx.Err())
		}
		return &UnknownError{Key: at.key, Accepted: at.accepted, Err: err}
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// waitFor is how many seconds the server may hold its answer back.
func waitFor(ctx context.Context) int {
	end, ok := ctx.Deadline()
	if !ok {
		return mostWait
	}
	return max(1, min(mostWait, int(time.Until(end)/time.Second)))
}

// sleep waits and reports false when ctx ended before, or would.
func sleep(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) <= d {
		return false
	}
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// route is where an action goes over HTTP.
func route(a api.Action) (call.Request, error) {
	in := "/v1/conversations/" + a.Conversation.String()
	on := in + "/messages/" + strconv.FormatInt(a.Target, 10)
	text := struct {
		Text string `json:"text"`
	}{a.Text}
	to := struct {
		To string `json:"to"`
	}{a.To}
	switch a.Type {
	case api.SendMessage:
		message := api.MessageBody{Text: a.Text, ReplyTo: a.ReplyTo}
		if a.To != "" {
			return call.Request{Method: http.MethodPost, Path: "/v1/direct/" + url.PathEscape(a.To) + "/messages", Body: api.Encode(message)}, nil
		}
		return call.Request{Method: http.MethodPost, Path: in + "/messages", Body: api.Encode(message)}, nil
	case api.EditMessage:
		return call.Request{Method: http.MethodPatch, Path: on, Body: api.Encode(text)}, nil
	case api.DeleteMessage:
		return call.Request{Method: http.MethodDelete, Path: on}, nil
	case api.ReportMessage:
		return call.Request{Method: http.MethodPost, Path: on + "/report", Body: api.Encode(text)}, nil
	case api.RenameGroup:
		name := struct {
			Name string `json:"name"`
		}{a.Name}
		return call.Request{Method: http.MethodPatch, Path: in, Body: api.Encode(name)}, nil
	case api.SetRole:
		role := struct {
			Role api.Role `json:"role"`
		}{a.Role}
		return call.Request{Method: http.MethodPatch, Path: in + "/members/" + a.Member.String(), Body: api.Encode(role)}, nil
	case api.CreateGroup:
		group := struct {
			Name    string      `json:"name"`
			History api.History `json:"history,omitempty"`
			Members []string    `json:"members,omitempty"`
		}{a.Name, a.History, a.Members}
		return call.Request{Method: http.MethodPost, Path: "/v1/conversations", Body: api.Encode(group)}, nil
	case api.AddMember:
		return call.Request{Method: http.MethodPost, Path: in + "/members", Body: api.Encode(to)}, nil
	case api.RemoveMember:
		return call.Request{Method: http.MethodDelete, Path: in + "/members/" + a.Member.String()}, nil
	case api.LeaveGroup:
		return call.Request{Method: http.MethodDelete, Path: in + "/members/me"}, nil
	case api.SetBlock:
		return call.Request{Method: http.MethodPut, Path: "/v1/me/blocks/" + url.PathEscape(a.To)}, nil
	case api.ClearBlock:
		return call.Request{Method: http.MethodDelete, Path: "/v1/me/blocks/" + url.PathEscape(a.To)}, nil
	}
	return call.Request{}, fmt.Errorf("%q is not an action that is asked for over HTTP", a.Type)
}
