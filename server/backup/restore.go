package backup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/chatctl/chatctl/server/chat"
	"github.com/chatctl/chatctl/server/gateway/account"
	"github.com/chatctl/chatctl/server/store"
)

// Target is where a backup is restored to: files that are not there yet.
type Target struct{ ChatDB, AccountsDB string }

// Restore checks the backup in dir and makes a server's databases of it: of a
// new epoch, on new logs that begin at 0, without a session, every account to be
// told to chat again, and the accounts of the given lists erased (promises, rule
// 22). An error leaves files of no use.
func Restore(ctx context.Context, dir string, to Target, lists []string, log *slog.Logger) (Manifest, error) {
	m, err := Check(ctx, dir)
	if err != nil {
		return m, err
	}
	erased, err := ReadErased(append([]string{filepath.Join(dir, ErasedFile)}, lists...)...)
	if err != nil {
		return m, err
	}
	for i, path := range []string{to.ChatDB, to.AccountsDB} {
		f, err := copyFile(ctx, filepath.Join(dir, m.Files[i].Name), path)
		if err != nil {
			return m, full(err)
		}
		if f != m.Files[i] {
			return m, fmt.Errorf("%s: it changed while it was read", f.Name)
		}
	}
	note := "restored from the backup of " + m.Time.String()
	err = with(ctx, to.ChatDB, func(db store.DB) error {
		s := chat.New(chat.Config{DB: db, Log: log})
		if err := s.Migrate(ctx); err != nil {
			return err
		}
		return s.Renew(ctx, note)
	})
	if err != nil {
		return m, full(err)
	}
	err = with(ctx, to.AccountsDB, func(db store.DB) error {
		s := account.New(account.Config{DB: db, Log: log})
		if err := s.Migrate(ctx); err != nil {
			return err
		}
		return s.Renew(ctx, m.Time.String(), erased)
	})
	return m, full(err)
}

// with opens a database for fn, and closes it so that nothing lies beside its file.
func with(ctx context.Context, path string, fn func(store.DB) error) (err error) {
	db, err := store.OpenSQLite(ctx, path, store.SQLiteOptions{Readers: 1})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return fn(db)
}
