// Package call asks one HTTP server once and tells what came of it, for the
// packages of the client.
//
// It owns how a request is signed and bounded, what counts as a refusal, and
// whether what was asked for may have happened. Trying again is its caller's,
// with Backoff. A Caller may be used concurrently.
package call

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/chatctl/chatctl/server/api"
)

// MaxAnswer bounds how many bytes are read of one answer.
const MaxAnswer = 8 << 20

// Caller asks one HTTP server as one session.
type Caller struct {
	Base  string // URL without a trailing slash
	Token string // empty: none is sent
	HTTP  *http.Client

	ReadOnly bool // only what changes nothing is asked for
}

// Request is one to a Caller.
type Request struct {
	Method, Path string
	Body         []byte
	Key          string // Idempotency-Key
	Wait         int    // Prefer: wait, in seconds
}

// Answer is what came of it.
type Answer struct {
	Status int
	Body   []byte
}

// Send asks once. The error is a *api.Problem for what the server refused, with
// the answer; else nothing whole came back: ErrUnreachable when no request can
// have arrived or it was only a read, else *UnknownError. A Caller that is
// read-only answers ErrReadOnly to all but a GET.
func (c *Caller) Send(ctx context.Context, r Request) (Answer, error) {
	if c.ReadOnly && r.Method != http.MethodGet {
		return Answer{}, ErrReadOnly
	}
	var connected atomic.Bool
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	req, err := http.NewRequestWithContext(traced, r.Method, c.Base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return Answer{}, fmt.Errorf("asking for %s: %w", r.Path, err)
	}
	c.Sign(req.Header)
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.Key != "" {
		req.Header.Set("Idempotency-Key", r.Key)
	}
	if r.Wait > 0 {
		req.Header.Set("Prefer", "wait="+strconv.Itoa(r.Wait))
	}
	a, err := c.roundTrip(req)
	switch {
	case err == nil:
		return a.Answer, a.problem
	case !connected.Load(), r.Method == http.MethodGet:
		return Answer{}, Unreachable(err)
	}
	return Answer{}, &UnknownError{Key: r.Key, Err: err}
}

// Sign says in h who asks.
func (c *Caller) Sign(h http.Header) {
	h.Set("User-Agent", "chatctl")
	if c.Token != "" {
		h.Set("Authorization", "Bearer "+c.Token)
	}
}

type whole struct {
	Answer
	problem error
}

func (c *Caller) roundTrip(req *http.Request) (w whole, err error) {
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return w, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer))
	if err != nil {
		return w, fmt.Errorf("reading the answer: %w", err)
	}
	w.Answer = Answer{Status: resp.StatusCode, Body: body}
	if p := Refusal(resp, body); p != nil {
		w.problem = p
	}
	return w, nil
}

// Refusal reads what was refused; nil when the answer is none. An answer that is not
// chatctl's, as from a proxy, becomes a Problem without a code.
func Refusal(resp *http.Response, body []byte) *api.Problem {
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

// Ask asks and reads the answer as a T. An answer with nothing of a T in it is
// ErrForeign, not an empty one: our servers' lists are there when they are empty.
func Ask[T any](ctx context.Context, c *Caller, method, path string, body any) (v T, err error) {
	r := Request{Method: method, Path: path}
	if body != nil {
		r.Body = api.Encode(body)
	}
	a, err := c.Send(ctx, r)
	if err != nil {
		return v, err
	}
	if _, none := any(v).(None); none {
		return v, nil
	}
	if v, err = api.DecodeTolerant[T](a.Body); err == nil && reflect.ValueOf(&v).Elem().IsZero() {
		err = errors.New("nothing that was asked for is in it")
	}
	if err != nil {
		return v, fmt.Errorf("%w: reading %s: %w", ErrForeign, path, err)
	}
	return v, nil
}

// None is the answer of a route that tells nothing.
type None struct{}

// HTTP returns a client of t that follows no redirect: the token is for this server alone.
func HTTP(t *http.Transport) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
