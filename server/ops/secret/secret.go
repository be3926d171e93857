// Package secret reads what must not be known to everybody on the machine: keys
// and passwords lie in files, never in arguments (security: secrets).
//
// Its functions may be called concurrently; nothing is kept.
package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// most is more than any key or password has.
const most = 1 << 20

// Read returns a file's content, and refuses one that others than its owner and
// group may read or write, or that holds nothing. The error says what to do.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	// Windows has no such bits: the access list of the folder decides there.
	if mode := info.Mode().Perm(); mode&0o007 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s is open to every user of this machine (%s): chmod 600 it, and take a new secret if somebody was there", path, mode)
	}
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading %s: %w", path, err)
	case len(b) > most:
		return nil, fmt.Errorf("%s has more than %d bytes: it is no secret", path, most)
	case len(bytes.TrimSpace(b)) == 0:
		return nil, errors.New(path + " is empty")
	}
	return b, nil
}
