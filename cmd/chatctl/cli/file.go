package cli

import (
	"errors"
	"os"
	"path/filepath"
)

// Replace writes data to file at mode 0600, atomically: a crash leaves the old
// content or the new one, also on Windows. An older file's mode is not kept, so
// that one which others could read becomes private.
func Replace(file string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
