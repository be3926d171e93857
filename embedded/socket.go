package embedded

import (
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2/maybe"
)

const (
	socketFile = "admin.sock"
	socketName = "admin.sock.path" // holds the socket's path when it lies elsewhere
	maxSocket  = 100               // bytes of a path: 104 on macOS and the BSDs, 108 on Linux, with a zero
)

// AdminSocket is where the administration API listens: admin.sock in the data
// directory. Where that path is too long for a socket it is one in
// $XDG_RUNTIME_DIR, and its name is left in the data directory for FindAdminSocket.
func (d *Dir) AdminSocket(getenv func(string) string) (string, error) {
	here, note := filepath.Join(d.path, socketFile), filepath.Join(d.path, socketName)
	if len(here) <= maxSocket {
		if err := os.Remove(note); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		return here, nil
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(d.path)) // never fails
	there := filepath.Join(getenv("XDG_RUNTIME_DIR"), fmt.Sprintf("chatctl-%016x.sock", h.Sum64()))
	if !filepath.IsAbs(there) || len(there) > maxSocket {
		return "", fmt.Errorf("path of %s is too long for a socket: set XDG_RUNTIME_DIR, or name a shorter directory with --data", here)
	}
	return there, maybe.WriteFile(note, []byte(there+"\n"), 0o600)
}

// FindAdminSocket tells where the process that holds a data directory listens
// for administration. Nobody may be there.
func FindAdminSocket(dir string) (string, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	note, err := os.ReadFile(filepath.Join(path, socketName))
	if errors.Is(err, fs.ErrNotExist) {
		return filepath.Join(path, socketFile), nil
	}
	return strings.TrimSpace(string(note)), err
}
