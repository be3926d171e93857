package account

import (
	"context"
	"embed"
	"fmt"

	"github.com/chatctl/chatctl/server/gateway/account/secret"
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
	*s.keys = keys
	return nil
}
