package desk

import (
	"context"

	"github.com/chatctl/chatctl/cmd/chatctl/complete"
	"github.com/chatctl/chatctl/server/client/adminapi"
)

// Proposing is a source for shells that asks the server that the flags name.
func (d *Desk) Proposing(find func(context.Context, *adminapi.Client, complete.Place) ([]complete.Word, error)) complete.Source {
	return func(ctx context.Context, at complete.Place) ([]complete.Word, error) {
		admin, _, err := d.connect()
		if err != nil {
			return nil, err
		}
		defer admin.Close()
		return find(ctx, admin, at)
	}
}
