package erasure

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/session"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

const (
	deleteAccount = `UPDATE accounts SET deleted = $2 WHERE user_id = $1 AND deleted = 0 RETURNING COALESCE(address, '')`
	emptyAccount  = `UPDATE accounts SET display_name = '', email = NULL, address = NULL, password = NULL, suspended_until = 0 WHERE user_id = $1`
	dropGrants    = `DELETE FROM grants WHERE user_id = $1`
	dropSignups   = `DELETE FROM signups WHERE address = $1 OR user_id = $2`
	dropCodes     = `DELETE FROM codes WHERE address = $1 OR subject = $2`
	dropLetters   = `DELETE FROM letters WHERE address = $1`
	begin         = `INSERT INTO erasures (user_id, since) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING`
)

// Begin deletes an account: it ends its sessions and takes everything out of it
// but its handle, which its conversations still show. One that is deleted already
// stays as it is. The version is the one that says so.
func Begin(tx store.Tx, user api.UserID, now api.Time) (version int64, err error) {
	var address string
	err = tx.Row(deleteAccount, user, now).Scan(&address)
	if errors.Is(err, store.ErrNoRow) {
		return standing.Version(tx, user)
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
		{dropCodes, []any{address, user}},
		{dropLetters, []any{address}},
		{begin, []any{user, now}},
	} {
		if _, err := tx.Exec(c.statement, c.args...); err != nil {
			return 0, err
		}
	}
	return session.EndAll(tx, user)
}

// Again erases an account that was erased after a backup of this database
// (promises, rule 23). It begins anew for one that is deleted already: chat's
// store is of an earlier moment and may have its messages still. An account that
// was made after the backup is not there.
func Again(tx store.Tx, user api.UserID, now api.Time) error {
	_, err := Begin(tx, user, now)
	if errors.Is(err, store.ErrNoRow) {
		return nil
	}
	if err == nil {
		_, err = tx.Exec(begin, user, now)
	}
	return err
}
