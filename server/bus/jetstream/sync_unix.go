//go:build unix

package jetstream

import (
	"fmt"
	"os"
	"path/filepath"
)

// syncPath makes the names from dir's parent down to deepest durable: the server
// syncs only the directory of its metadata (measured, C.5).
func syncPath(dir, deepest string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	deepest, err = filepath.Abs(deepest)
	if err != nil {
		return err
	}
	if rel, err := filepath.Rel(dir, deepest); err != nil || !filepath.IsLocal(rel) {
		return fmt.Errorf("%s is not below %s", deepest, dir)
	}
	top := filepath.Dir(dir)
	for at := deepest; ; at = filepath.Dir(at) {
		if err := syncDirectory(at); err != nil {
			return err
		}
		if at == top || at == filepath.Dir(at) {
			return nil
		}
	}
}

func syncDirectory(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}
