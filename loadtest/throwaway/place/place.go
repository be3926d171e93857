// Package place gives a process a directory for what it needs for a while, a
// server's data or a copy of them, and takes away what those left who were killed
// before they could remove theirs. Who lives is told by a lock, not by time.
//
// Functions may be called concurrently, by many processes; a Place is removed once.
package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

const (
	prefix   = "chatctl-run-"
	lockFile = "lock" // in a place its owner's, in the data directory the server's
	dataDir  = "data"
)

// Place is a directory that belongs to this process for as long as its lock is
// held, which a process that is killed lets go of.
type Place struct {
	Dir  string
	lock *flock.Flock
}

// New makes a place in base, and takes away those there that belong to nobody any more.
func New(base string) (*Place, error) {
	sweep(base)
	for range 10 { // another process's sweep may be quicker than the lock
		dir, err := os.MkdirTemp(base, prefix)
		if err != nil {
			return nil, err
		}
		p := &Place{dir, flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))}
		got, err := p.lock.TryLock()
		if got && p.there() {
			return p, nil
		}
		if err = errors.Join(err, p.lock.Close()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, os.RemoveAll(dir))
		}
	}
	return nil, fmt.Errorf("%s: no directory in it stays", base)
}

// there reports whether the lock is that of a file that still has its name.
func (p *Place) there() bool {
	held, err := p.lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(p.lock.Path())
	return err == nil && os.SameFile(held, named)
}

// Data is where in the place a server has its data, if it has: it is not made. A
// server that outlives who started it keeps the place while it holds them.
func (p *Place) Data() string { return filepath.Join(p.Dir, dataDir) }

// Remove gives the place up with all that is in it.
func (p *Place) Remove() error {
	return errors.Join(p.lock.Close(), os.RemoveAll(p.Dir))
}

// sweep takes away from base what was left by processes that were killed. What
// cannot be taken away stays for the next time: nobody depends on it.
func sweep(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return // whoever makes a place there is told
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			takeAway(filepath.Join(base, e.Name()))
		}
	}
}

// takeAway removes a place unless its owner lives, or a server that outlived it.
func takeAway(dir string) {
	if _, err := os.Lstat(filepath.Join(dir, lockFile)); errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(dir) // its owner came no further; it is empty, or it stays
		return
	}
	owner, dead := free(filepath.Join(dir, lockFile))
	if !dead {
		return
	}
	defer owner.Close() //nolint:errcheck // nobody waits for it: the process could end here
	server, dead := free(filepath.Join(dir, dataDir, lockFile))
	if !dead {
		return
	}
	_ = server.Close()
	if runtime.GOOS == "windows" { // it removes no file that is open
		_ = owner.Close()
	}
	_ = os.RemoveAll(dir)
}

// free takes a lock that nobody holds. A file that is not there is held by nobody;
// what is no plain file, or not ours to open, is left alone.
func free(path string) (*flock.Flock, bool) {
	lock := flock.New(path, flock.SetFlag(os.O_RDONLY))
	is, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lock, true
	}
	if err != nil || !is.Mode().IsRegular() {
		return lock, false
	}
	got, err := lock.TryLock()
	return lock, err == nil && got
}
