package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/register"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/store"
)

// Me is the person's own account.
func (s *Service) Me(ctx context.Context, p session.Principal) (api.Me, error) {
	var u api.User
	var hidden int64
	err := s.db.Read(ctx, func(tx store.Tx) (err error) {
		if u, err = register.Read(tx, p.User); err != nil {
			return err
		}
		return tx.Row(hiddenOfUser, p.User).Scan(&hidden)
	})
	me := api.Me{User: u.User, Handle: u.Handle, DisplayName: u.DisplayName, Email: u.Email, Grants: u.Grants, Version: u.Version, Presence: api.PresenceOn}
	if hidden != 0 {
		me.Presence = api.PresenceOff
	}
	return me, err
}

// Resolve turns handles into users. A handle that nobody has becomes an id that
// is always the same and nobody's; so the answer for unknown people comes from
// where that for blocked ones does (promises, rule 17). It takes the same time
// for both, but for a handle that somebody asked for lately, which tells what
// signing up tells too: that it is taken.
func (s *Service) Resolve(ctx context.Context, handles []string) (map[string]api.UserID, error) {
	users := make(map[string]api.UserID, len(handles))
	missing := s.handles.into(users, handles)
	if len(missing) == 0 {
		return users, nil
	}
	known := make([]bool, len(missing))
	err := s.db.Read(ctx, func(tx store.Tx) error {
		for i, h := range missing {
			user := s.keys.Nobody(h)
			err := tx.Row(userOfHandle, h).Scan(&user)
			if err != nil && !errors.Is(err, store.ErrNoRow) {
				return err
			}
			users[h], known[i] = user, err == nil
		}
		return nil
	})
	for i, h := range missing {
		if err == nil && known[i] {
			s.handles.add(h, users[h])
		}
	}
	return users, err
}
