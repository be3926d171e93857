// Package stage makes a directory whole or not at all: it is filled under
// another name beside its place, synced, and renamed.
//
// A process that is killed on the way, or a machine that loses power, leaves
// nothing under the final name; what lies under the other is taken away by the
// next one that makes the same directory. Two who make the same at a time do not
// meet: the second is refused.
package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// Suffix is what the other name ends with.
const Suffix = ".partial"

const lockFile = "lock"

// ErrTaken: the directory is there and not empty.
var ErrTaken = errors.New("it is not empty: name a new directory")

// PlaceError is what is wrong with the place that was named, before or after the
// directory was filled.
type PlaceError struct{ Err error }

func (e *PlaceError) Error() string { return e.Err.Error() }

func (e *PlaceError) Unwrap() error { return e.Err }

// Dir makes the directory at path, mode 0700, of what fill writes into the one
// it is given: files of those names alone, and what SQLite puts beside them.
// The directory must be new, or empty and such that it can be taken away, which
// a mount point cannot. After an error nothing is left.
func Dir(path string, names []string, fill func(dir string) error) (err error) {
	s, err := begin(path, names)
	if err != nil {
		return &PlaceError{err}
	}
	defer func() { err = errors.Join(err, s.end()) }()
	if err := fill(s.dir); err != nil {
		return err
	}
	if err := s.sync(); err != nil {
		return err
	}
	// A directory takes no other's place: an empty one makes room, one that was filled meanwhile stays.
	if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return &PlaceError{fmt.Errorf("%w: name a new directory inside it", err)}
	}
	if runtime.GOOS == "windows" { // it renames no directory in which a file is open
		if err := s.lock.Close(); err != nil {
			return err
		}
	}
	if err := os.Rename(s.dir, s.path); err != nil {
		return err
	}
	s.done = true
	return syncDir(filepath.Dir(s.path))
}

// Free reports ErrTaken for a directory that is not new or empty.
func Free(path string) error {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s: %w", path, ErrTaken)
	}
	return nil
}

// staging is a directory on its way.
type staging struct {
	path  string
	dir   string // its other name, until it is whole
	names []string
	lock  *flock.Flock
	done  bool
}

func begin(path string, names []string) (*staging, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := Free(path); err != nil {
		return nil, err
	}
	if err := makeAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	s := &staging{path: path, dir: path + Suffix, names: names}
	return s, s.take()
}

// take takes the directory on its way, and clears what an earlier one left there.
func (s *staging) take() error {
	if err := os.Mkdir(s.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := s.onlyOurs(); err != nil {
		return err
	}
	s.lock = flock.New(filepath.Join(s.dir, lockFile), flock.SetPermissions(0o600))
	got, err := s.lock.TryLock()
	if err == nil && got {
		err = Free(s.path) // who held the lock before may have renamed what it lies in
	}
	if err == nil && got {
		if err = s.clear(); err == nil {
			return nil
		}
	}
	if err == nil {
		err = errors.New("another process writes it now")
	}
	return errors.Join(fmt.Errorf("%s: %w", s.dir, err), s.lock.Close())
}

// onlyOurs refuses a directory that somebody else put there.
func (s *staging) onlyOurs() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !s.ours(e.Name()) {
			return fmt.Errorf("%s would be written on the way, and has %q in it: move that elsewhere", s.dir, e.Name())
		}
	}
	return nil
}

func (s *staging) ours(name string) bool {
	if name == lockFile {
		return true
	}
	for _, end := range []string{"-wal", "-shm", "-journal"} {
		name = strings.TrimSuffix(name, end)
	}
	return slices.Contains(s.names, name)
}

// clear deletes all but the lock.
func (s *staging) clear() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		if e.Name() != lockFile && s.ours(e.Name()) {
			errs = append(errs, os.Remove(filepath.Join(s.dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}

// end gives the lock back, which lies in the directory under whichever name it
// has now, and takes away what did not become whole.
func (s *staging) end() error {
	if s.done {
		return errors.Join(os.Remove(filepath.Join(s.path, lockFile)), s.lock.Close())
	}
	err := s.clear()
	return errors.Join(err, os.Remove(s.lock.Path()), s.lock.Close(), os.Remove(s.dir))
}

// sync makes the files and their names outlast a power cut.
func (s *staging) sync() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		f, err := os.OpenFile(filepath.Join(s.dir, e.Name()), os.O_RDWR, 0) // Windows flushes only what is open for writing
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	return syncDir(s.dir)
}

// makeAll makes dir and what is missing above it, and syncs each new name.
func makeAll(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeAll(filepath.Dir(dir)); err != nil {
			return err
		}
		err = os.Mkdir(dir, 0o700)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}
