package account

import (
	"context"
	"errors"
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/erasure"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/store"
)

// repeatLife is how long an erasure can be repeated by the session that asked for it.
const repeatLife = 24 * time.Hour

// Erase deletes the person's own account: nothing can be done with it once this
// has returned (promise R), and its messages become tombstones soon after
// (promises, rule 23). After the problem unavailable the change stands and goes
// on, and the call can be repeated, with what Erased returns.
func (s *Service) Erase(ctx context.Context, p Principal, plain, addr string) error {
	if p.Ended {
		return s.eraseRepeated(ctx, p.User)
	}
	if !p.Throwaway { // that one has no password
		if _, err := s.prove(ctx, p, plain, addr); err != nil {
			return err
		}
	}
	var version int64
	err := s.db.InTx(ctx, func(tx store.Tx) (err error) {
		if version, err = s.erase(tx, p.User); err != nil {
			return err
		}
		_, err = tx.Exec(keepToken, p.Session, s.time())
		return err
	})
	if err != nil {
		return err
	}
	return s.erased(ctx, p.User, version)
}

// Erased is Authenticate for a token whose session erased its account: so that
// the call is answered the same when it is repeated, within a day. What it
// returns may do nothing but that.
func (s *Service) Erased(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	p := Principal{Ended: true}
	err := s.db.Read(ctx, func(tx store.Tx) error {
		return tx.Row(erasedByToken, digest[:], s.ago(repeatLife)).Scan(&p.User)
	})
	if errors.Is(err, store.ErrNoRow) {
		return Principal{}, signedOut()
	}
	return p, err
}

// eraseRepeated waits for what a first call had begun.
func (s *Service) eraseRepeated(ctx context.Context, user api.UserID) error {
	var version int64
	err := s.db.Read(ctx, func(tx store.Tx) error { return tx.Row(versionOfUser, user).Scan(&version) })
	if err != nil {
		return err
	}
	return s.erased(ctx, user, version)
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
