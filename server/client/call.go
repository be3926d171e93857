package client

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
)

// maxAnswer bounds what is read of one answer.
const maxAnswer = 8 << 20

// caller asks one HTTP server.
type caller struct {
	base  string
	token string
	http  *http.Client
}

// request is one to a caller.
type request struct {
	method, path string
	body         []byte
	key          string // Idempotency-Key
	wait         int    // Prefer: wait, in seconds
}

// answer is what came of it.
type answer struct {
	status int
	body   []byte
}

// send asks once. The error is a *api.Problem for what the server refused, with
// the answer; else nothing whole came back: ErrUnreachable when no request can
// have arrived or it was only a read, else *UnknownError.
func (c *caller) send(ctx context.Context, r request) (answer, error) {
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(traced, r.method, c.base+r.path, bytes.NewReader(r.body))
	if err != nil {
		return answer{}, fmt.Errorf("asking for %s: %w", r.path, err)
	}
	c.sign(req.Header)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if r.wait > 0 {
		req.Header.Set("Prefer", "wait="+strconv.Itoa(r.wait))
	}
	a, err := c.roundTrip(req)
	switch {
	case err == nil:
		return a.answer, a.problem
	case !connected.Load(), r.method == http.MethodGet:
		return answer{}, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return answer{}, &UnknownError{Key: r.key, Err: err}
}

func (c *caller) sign(h http.Header) {
	h.Set("User-Agent", "chatctl")
	if c.token != "" {
		h.Set("Authorization", "Bearer "+c.token)
	}
}

type whole struct {
	answer
	problem error
}

func (c *caller) roundTrip(req *http.Request) (w whole, err error) {
	resp, err := c.http.Do(req)
	if err != nil {
		return w, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return w, fmt.Errorf("reading the answer: %w", err)
	}
	w.answer = answer{status: resp.StatusCode, body: body}
	if p := problemOf(resp, body); p != nil {
		w.problem = p
	}
	return w, nil
}

// problemOf reads a refusal; nil when the answer is none. An answer that is not
// chatctl's, as from a proxy, becomes a Problem without a code.
func problemOf(resp *http.Response, body []byte) *api.Problem {
	isProblem := strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json")
	if resp.StatusCode < 300 && !isProblem {
		return nil
	}
	p, err := api.DecodeTolerant[api.Problem](body)
	if !isProblem || err != nil || p.Code == "" {
		p = api.Problem{Title: "The server answered " + strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode)}
		if to := resp.Header.Get("Location"); to != "" && resp.StatusCode < 400 {
			p.Detail = "it says to go to " + to
		}
	}
	p.Status = resp.StatusCode
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && p.RetryAfter == 0 {
		p.RetryAfter = s
	}
	return &p
}

// call asks and reads the answer as a T.
func call[T any](ctx context.Context, c *caller, method, path string, body any) (v T, err error) {
	r := request{method: method, path: path}
	if body != nil {
		r.body = api.Encode(body)
	}
	a, err := c.send(ctx, r)
	if err != nil {
		return v, err
	}
	if len(a.body) == 0 {
		return v, nil
	}
	if v, err = api.DecodeTolerant[T](a.body); err != nil {
		return v, fmt.Errorf("reading the answer of %s: %w", path, err)
	}
	return v, nil
}

// none is the answer of a route that tells nothing.
type none struct{}
