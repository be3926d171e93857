// Package client is the one Go client of chatctl's wire, for every command that
// talks to a server.
//
// Client asks over HTTP; its methods may be called concurrently. Admin does the
// same over the administration socket. Stream keeps a WebSocket connected and
// hands entries on once and in order, whatever is lost on the way (package
// inbox), and sends actions until they have an outcome (package outbox). What
// the server sends is decoded tolerantly and never trusted to be safe for a
// terminal: that is text.Show's.
package client

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
)

// Config says which server to ask and as whom.
type Config struct {
	Server string       // URL, http or https; a path in it is a prefix
	Token  string       // of a session; empty before signing in
	HTTP   *http.Client // nil: a client of its own that follows no redirect
	Log    *slog.Logger // nil: none
}

// Client asks one server as one session.
type Client struct {
	caller
	log *slog.Logger
}

// New returns a client; it does not connect. The error says what is wrong with cfg.Server.
func New(cfg Config) (*Client, error) {
	u, err := url.Parse(cfg.Server)
	if err != nil {
		return nil, fmt.Errorf("the server's URL: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the server's URL is http://HOST:PORT or https://HOST, not %q", u.Redacted())
	}
	c := &Client{caller: caller{base: strings.TrimRight(u.String(), "/"), token: cfg.Token, http: cfg.HTTP}, log: cfg.Log}
	if c.http == nil {
		c.http = newHTTP(http.DefaultTransport.(*http.Transport).Clone())
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// newHTTP returns a client that follows no redirect: the token is for this server alone.
func newHTTP(t *http.Transport) *http.Client {
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// As returns a client of the same server for another session.
func (c *Client) As(token string) *Client {
	other := *c
	other.token = token
	return &other
}

// Close ends the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }
