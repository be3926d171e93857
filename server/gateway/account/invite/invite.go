// Package invite is the codes that let people sign up: made, listed and revoked
// by administrators, checked when somebody signs up, and used when the account
// is made.
//
// All functions work in their caller's transaction; the table is package
// account's. Only a code's digest is stored: it is shown once.
package invite

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/store"
	"github.com/google/uuid"
)

const prefix = "chatctlinvite_"

const (
	insert = `INSERT INTO invites (invite_id, code, note, actor, uses, used, created, expires, revoked)
		VALUES ($1, $2, $3, $4, $5, 0, $6, $7, 0)`
	open = `SELECT invite_id FROM invites WHERE code = $1 AND revoked = 0 AND expires > $2 AND (uses = 0 OR used < uses)`
	use  = `UPDATE invites SET used = used + 1 WHERE code = $1 AND revoked = 0 AND expires > $2 AND (uses = 0 OR used < uses)`
	list = `SELECT invite_id, note, actor, uses, used, created, expires, revoked FROM invites
		WHERE invite_id > $1 ORDER BY invite_id LIMIT $2`
	revoke = `UPDATE invites SET revoked = $2 WHERE invite_id = $1 AND revoked = 0`
	exists = `SELECT created FROM invites WHERE invite_id = $1`
)

// ErrClosed: the code is none, or is revoked, too old or used up.
var ErrClosed = errors.New("the invite is unknown, revoked, too old or used up")

// Create makes an invite for uses accounts (0: any number) until expires, and
// returns it with its code.
func Create(tx store.Tx, actor, note string, uses int64, now, expires api.Time) (api.Invite, error) {
	code, digest := secret.New(prefix)
	id, err := uuid.NewV7()
	if err != nil {
		return api.Invite{}, err
	}
	_, err = tx.Exec(insert, id[:], digest[:], note, actor, uses, now, expires)
	return api.Invite{Invite: id.String(), Code: code, Note: note, Actor: actor, Uses: uses, Created: now, Expires: expires}, err
}

// Check returns the digest of a code that is open now, or ErrClosed.
func Check(tx store.Tx, code string, now api.Time) ([]byte, error) {
	digest, ok := secret.Of(prefix, code)
	if !ok {
		return nil, ErrClosed
	}
	var id uuid.UUID
	err := tx.Row(open, digest[:], now).Scan(&id)
	if errors.Is(err, store.ErrNoRow) {
		err = ErrClosed
	}
	return digest[:], err
}

// Use counts an account against the invite with a digest, or returns ErrClosed:
// of several accounts that race for the last use one gets it.
func Use(tx store.Tx, digest []byte, now api.Time) error {
	n, err := tx.Exec(use, digest, now)
	if err == nil && n == 0 {
		err = ErrClosed
	}
	return err
}

// List gives invites by ascending id after one ("": from the first), oldest first, without their codes.
func List(tx store.Tx, after string, limit int) ([]api.Invite, error) {
	from := uuid.Nil
	if after != "" {
		var err error
		if from, err = uuid.Parse(after); err != nil {
			return nil, api.Invalid("", "the parameter after is the id of an invite")
		}
	}
	invites := []api.Invite{}
	err := tx.Each(list, func(r store.Row) error {
		var i api.Invite
		var id uuid.UUID
		var revoked int64
		if err := r.Scan(&id, &i.Note, &i.Actor, &i.Uses, &i.Used, &i.Created, &i.Expires, &revoked); err != nil {
			return err
		}
		i.Invite, i.Revoked = id.String(), revoked != 0
		invites = append(invites, i)
		return nil
	}, from[:], limit)
	return invites, err
}

// Revoke ends an invite, and tells whether that changed it. Accounts that were made with it stay.
func Revoke(tx store.Tx, id string, now api.Time) (bool, error) {
	u, err := uuid.Parse(id)
	if err != nil {
		return false, missing()
	}
	n, err := tx.Exec(revoke, u[:], now)
	if err != nil || n > 0 {
		return n > 0, err
	}
	var created api.Time
	err = tx.Row(exists, u[:]).Scan(&created)
	if errors.Is(err, store.ErrNoRow) {
		err = missing()
	}
	return false, err
}

func missing() error { return api.NewProblem("not_found", "there is no such invite") }
