package session

import (
	"context"
	"strings"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/store"
)

// Bearer is the token in an Authorization header (RFC 6750, 2.1); false for any other header.
func Bearer(authorization string) (token string, ok bool) {
	const scheme = "Bearer "
	if len(authorization) > 256 || len(authorization) < len(scheme) || !strings.EqualFold(authorization[:len(scheme)], scheme) { // RFC 9110, 11.1: in any case
		return "", false
	}
	return authorization[len(scheme):], true
}

// Authenticate tells whose token it is; the problem signed_out when it is
// nobody's now. Its answer may be 2 s old, but never from before a revocation
// that this process was told of.
func (a *Authority) Authenticate(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	p, turn, ok := a.cache.get(digest)
	if ok {
		return p, nil
	}
	read := a.now()
	f, err := a.lookup(ctx, digest)
	if err != nil {
		return Principal{}, err
	}
	if f.principal.Ended {
		return Principal{}, signedOut()
	}
	a.cache.put(digest, f.principal, read, turn)
	return f.principal, nil
}

// Ended is Authenticate for a token that may be revoked: so that a sign-out
// which was answered "unavailable" is answered again when it is repeated. What
// it returns may do nothing but end its own session.
func (a *Authority) Ended(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	f, err := a.lookup(ctx, digest)
	return f.principal, err
}

// Erased is Authenticate for a token whose session erased its account (Keep): so
// that the call is answered the same when it is repeated, within a day. What it
// returns may do nothing but that.
func (a *Authority) Erased(ctx context.Context, token string) (Principal, error) {
	digest, ok := secret.Of(tokenPrefix, token)
	if !ok {
		return Principal{}, signedOut()
	}
	p := Principal{Ended: true}
	err := a.db.Read(ctx, func(tx store.Tx) error {
		return tx.Row(erasedByToken, digest[:], a.ago(repeatLife)).Scan(&p.User)
	})
	if noRow(err) {
		return Principal{}, signedOut()
	}
	return p, err
}

// Keep keeps the token of a session that erases its account, for Erased.
func Keep(tx store.Tx, id api.SessionID, now api.Time) error {
	_, err := tx.Exec(keepToken, id, now)
	return err
}

// Forget drops what is remembered of an account's sessions: a change of it was
// committed, or something that another gateway did was heard of.
func (a *Authority) Forget(user api.UserID) { a.cache.forget(user) }

// lookup reads a token's session and notes its use.
func (a *Authority) lookup(ctx context.Context, digest secret.Digest) (f found, err error) {
	err = a.db.Read(ctx, func(tx store.Tx) error {
		f, err = find(tx, sessionOfToken, digest[:])
		return err
	})
	if noRow(err) || err == nil && !a.unexpired(f) {
		return found{}, signedOut()
	}
	if err == nil {
		a.noteUse(f)
	}
	return f, err
}
