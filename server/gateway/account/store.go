package account

import (
	"context"
	"embed"
	"errors"
	"fmt"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/secret"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to this program's and reads the database's keys.
// It must return before any other method is called.
func (s *Service) Migrate(ctx context.Context) error {
	steps, err := store.ReadMigrations(migrations, "migrations")
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx, s.db, steps); err != nil {
		return err
	}
	fresh := secret.NewKeys()
	var keys []byte
	err = s.db.InTx(ctx, func(tx store.Tx) error {
		if _, err := tx.Exec(putSecret, "keys", []byte(fresh)); err != nil { // the first gateway's stays
			return err
		}
		return tx.Row(getSecret, "keys").Scan(&keys)
	})
	if err != nil {
		return fmt.Errorf("reading the accounts' keys: %w", err)
	}
	s.keys = keys
	return nil
}

// newAccount is what an account is made with.
type newAccount struct {
	user      api.UserID
	handle    string
	display   string
	email     *string // as written; nil: none
	address   *string // the same for addresses that differ in case
	password  *string // PHC; nil: cannot sign in with one
	throwaway bool
}

// create makes an account at version 1, to be published. The handle is taken for ever.
func create(tx store.Tx, a newAccount, now api.Time) error {
	switch n, err := tx.Exec(takeHandle, a.handle, now); {
	case err != nil:
		return err
	case n == 0:
		return api.NewProblem("handle_taken", "take another")
	}
	throwaway := 0
	if a.throwaway {
		throwaway = 1
	}
	_, err := tx.Exec(insertAccount, a.user, a.handle, a.display, a.email, a.address, a.password, now, throwaway)
	if err != nil {
		return err
	}
	return standing.Mark(tx, a.user, 1)
}

// grantsOf lists an account's grants, sorted.
func grantsOf(tx store.Tx, user api.UserID) ([]string, error) {
	grants := []string{}
	err := tx.Each(grantsOfUser, func(r store.Row) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		grants = append(grants, name)
		return nil
	}, user)
	return grants, err
}

// findUser reads who has a handle.
func findUser(tx store.Tx, handle string) (user api.UserID, err error) {
	err = tx.Row(userOfHandle, handle).Scan(&user)
	if errors.Is(err, store.ErrNoRow) {
		return user, api.NewProblem("not_found", "no account has this handle")
	}
	return user, err
}
