// Package client is the one Go client of chatctl's wire, for every command that
// talks to a server.
//
// Client asks over HTTP as a person: accounts, reads and actions; its methods
// may be called concurrently. Package stream keeps that person's WebSocket
// connected, package adminapi asks the administration API. What the server sends is
// decoded tolerantly and never trusted to be safe for a terminal: that is
// text.Show's.
package client

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/chatctl/chatctl/server/client/internal/call"
)

// Config says which server to ask and as whom.
type Config struct {
	Server string       // URL, http or https; a path in it is a prefix
	Token  string       // of a session; empty before signing in
	HTTP   *http.Client // nil: a client of its own that follows no redirect

	ReadOnly bool // whatever would change something ends with ErrReadOnly
}

// Client asks one server as one session.
type Client struct {
	caller call.Caller
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
	c := &Client{caller: call.Caller{Base: strings.TrimRight(u.String(), "/"), Token: cfg.Token, HTTP: cfg.HTTP, ReadOnly: cfg.ReadOnly}}
	if c.caller.HTTP == nil {
		c.caller.HTTP = call.HTTP(http.DefaultTransport.(*http.Transport).Clone())
	}
	return c, nil
}

// As returns a client of the same server for another session.
func (c *Client) As(token string) *Client {
	other := *c
	other.caller.Token = token
	return &other
}

// Close ends the idle connections.
func (c *Client) Close() { c.caller.HTTP.CloseIdleConnections() }

// Caller is what c asks through, for the packages beside this one.
func (c *Client) Caller() call.Caller { return c.caller }
