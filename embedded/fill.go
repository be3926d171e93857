package embedded

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/chatctl/chatctl/server/backup/stage"
)

// Fill makes a new data directory of what fill puts into the two database files
// that it is given, which are not there yet. It is there whole, synced and ready
// for Open when Fill returns nil; else nothing is. The directory must be new or empty.
func Fill(dir string, force bool, log *slog.Logger, fill func(chatDB, accountsDB string) error) error {
	names := []string{versionFile}
	for _, db := range Databases(dir) {
		names = append(names, filepath.Base(db))
	}
	err := stage.Dir(dir, names, func(to string) error {
		if err := disk.Fit(to, force, log); err != nil {
			return err
		}
		d := &Dir{path: to}
		if err := fill(d.ChatDB(), d.AccountsDB()); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, versionFile), []byte(strconv.Itoa(layout)+"\n"), 0o600)
	})
	if err != nil {
		return fmt.Errorf("data directory %s: %w", dir, err)
	}
	return nil
}
