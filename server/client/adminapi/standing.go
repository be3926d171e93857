package adminapi

import (
	"context"
	"net/http"

	"github.com/chatctl/chatctl/server/client/internal/call"
)

// WhoAmI is as whom a server takes who asks.
type WhoAmI struct {
	Actor   string `json:"actor"`   // as the audit names them: owner, or @HANDLE
	Network bool   `json:"network"` // not over the machine's own socket
}

// WhoAmI asks the server as whom it takes this client.
func (a *Client) WhoAmI(ctx context.Context) (WhoAmI, error) {
	return call.Ask[WhoAmI](ctx, &a.caller, http.MethodGet, "/admin/v1/whoami", nil)
}

// Standing is how a server stands.
type Standing struct {
	Status string  `json:"status"` // ok, failing or draining
	Checks []Check `json:"checks"`
}

// Check is one thing that must be well for work to be taken.
type Check struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`
}

// Health asks whether the server takes work.
func (a *Client) Health(ctx context.Context) (Standing, error) {
	st, err := call.Ask[struct {
		Health Standing `json:"health"`
	}](ctx, &a.caller, http.MethodGet, "/admin/v1/status", nil)
	return st.Health, err
}
