//go:build !windows

package stage

import (
	"errors"
	"os"
)

// syncDir makes the names in dir outlast a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
