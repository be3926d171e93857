package office

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/api/text"
	"github.com/chatctl/chatctl/server/gateway/account/invite"
	"github.com/chatctl/chatctl/server/store"
)

// CreateInvite makes an invite for uses accounts (0: any number) until expires.
// The answer alone has its code.
func (a Admin) CreateInvite(ctx context.Context, note string, uses int64, expires api.Time) (i api.Invite, err error) {
	now := a.time()
	if note != "" {
		if err := text.Name(note, api.MaxName); err != nil {
			return i, api.Invalid("/note", "%v", err)
		}
	}
	if uses < 0 || uses > 1<<31 {
		return i, api.Invalid("/uses", "a number of accounts; 0 is any number")
	}
	if expires <= now {
		return i, api.Invalid("/expires", "a moment that is still to come")
	}
	err = a.c.DB.InTx(ctx, func(tx store.Tx) (err error) {
		if i, err = invite.Create(tx, a.actor, note, uses, now, expires); err != nil {
			return err
		}
		return a.note(tx, "invites.create", i.Invite, "")
	})
	return i, err
}

// RevokeInvite ends an invite. Accounts that were made with it stay.
func (a Admin) RevokeInvite(ctx context.Context, id string) error {
	return a.c.DB.InTx(ctx, func(tx store.Tx) error {
		changed, err := invite.Revoke(tx, id, a.time())
		if err == nil && changed {
			err = a.note(tx, "invites.revoke", id, "")
		}
		return err
	})
}

// Invites lists invites by ascending id after one, oldest first.
func (o *Office) Invites(ctx context.Context, after string, limit int) (list []api.Invite, err error) {
	err = o.c.DB.Read(ctx, func(tx store.Tx) (err error) {
		list, err = invite.List(tx, after, limit)
		return err
	})
	return list, err
}
