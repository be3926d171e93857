package account

import (
	"context"
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/store"
)

// Erase deletes the person's own account: nothing can be done with it once this
// has returned (promise R), and its messages become tombstones soon after
// (promises, rule 23). After the problem unavailable the change stands and goes on.
func (s *Service) Erase(ctx context.Context, p Principal, plain, addr string) error {
	if !p.Throwaway { // that one has no password
		if _, err := s.prove(ctx, p, plain, addr); err != nil {
			return err
		}
	}
	var version int64
	err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
		version, err = s.erase(tx, p.User)
		return err
	})
	if err != nil {
		return err
	}
	return s.erased(ctx, p.User, version)
}

// erased waits until chat knows that an account is deleted.
func (s *Service) erased(ctx context.Context, user api.UserID, version int64) error {
	s.cache.forget(user)
	err := s.settled(ctx, user, version)
	s.eraser.Wake()
	return err
}

// erase ends an account's sessions and takes everything out of it but its handle,
// which its conversations still show. One that is deleted already stays as it is.
func (s *Service) erase(tx store.Tx, user api.UserID) (version int64, err error) {
	var address string
	err = tx.Row(deleteAccount, user, s.time()).Scan(&version)
	if errors.Is(err, store.ErrNoRow) {
		err = tx.Row(versionOfUser, user).Scan(&version)
		return version, err
	}
	if err == nil {
		err = tx.Row(addressOfUser, user).Scan(&address)
	}
	if err != nil {
		return 0, err
	}
	for _, c := range []struct {
		statement string
		args      []any
	}{
		{emptyAccount, []any{user}},
		{dropGrants, []any{user}},
		{dropSignups, []any{address, user}},
		{dropOwnCodes, []any{address, user}},
		{dropLetters, []any{address}},
	} {
		if _, err := tx.Exec(c.statement, c.args...); err != nil {
			return 0, err
		}
	}
	if err := erasure.Begin(tx, user, s.time()); err != nil {
		return 0, err
	}
	return endAll(tx, user)
}
