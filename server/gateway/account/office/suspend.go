package office

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/suspension"
	"github.com/chatctl/chatctl/server/store"
)

// mostReason bounds the bytes of why an account is suspended.
const mostReason = 200

// Suspend keeps an account from doing anything, until a moment or for good (0);
// one that is suspended already is so until the new moment. It returns once chat
// refuses the account's actions (promise R); after the problem unavailable the
// change stands, and the call can be repeated. The audit keeps reason, which may
// be empty.
func (a Admin) Suspend(ctx context.Context, handle, reason string, until api.Time) (api.User, error) {
	if err := text.Name(reason, mostReason); reason != "" && err != nil {
		return api.User{}, api.Invalid("/reason", "%v", err)
	}
	if until != 0 && until <= a.time() {
		return api.User{}, api.Invalid("/until", "a moment that is still to come")
	}
	detail := reason
	if until != 0 {
		detail = "until " + until.String()
		if reason != "" {
			detail += ": " + reason
		}
	}
	defer a.c.Lifter.Wake()
	return a.change(ctx, handle, "users.suspend", detail, func(tx store.Tx, id api.UserID) (bool, error) {
		return suspension.Begin(tx, id, until, a.time())
	})
}

// Resume ends a suspension, as Suspend begins one. Sessions go on.
func (a Admin) Resume(ctx context.Context, handle string) (api.User, error) {
	defer a.c.Lifter.Wake() // waits on where chat is late
	u, err := a.change(ctx, handle, "users.resume", "", suspension.End)
	if err != nil {
		return api.User{}, err
	}
	return u, a.c.Lifter.Heard(ctx, u.User, u.Version)
}
