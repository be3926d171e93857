package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/chatctl/chatctl/server"
	"github.com/gofrs/flock"
)

// mostChecked is what Check copies at most, in bytes.
const mostChecked = 4 << 30

// ErrUnchecked is why Check knows nothing of a data directory: a server has it
// open, or there is no room for a copy.
var ErrUnchecked = errors.New("not tried, nor the log looked at")

// Check says why a server would refuse the data directory, in the words of its
// start, or nil. The directory is left as it is: a log is not opened without being
// mended, so a copy is, in scratch, and removed after that. No server can start
// there while the copy is made.
func Check(ctx context.Context, cfg Config, scratch string) (err error) {
	path, err := filepath.Abs(cfg.Data)
	if err != nil {
		return err
	}
	d := &Dir{path: path}
	if err := d.checkLayout(); err != nil {
		return fmt.Errorf("data directory %s: %w", d.path, err)
	}
	copied, err := os.MkdirTemp(scratch, "doctor-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	if err := d.copyTo(ctx, copied); err != nil {
		return err
	}
	cfg.Data, cfg.MinFree, cfg.Force = copied, 0, true // a copy has no promises to keep
	err = start(ctx, cfg)
	if err != nil && ctx.Err() == nil { // people know their directory, not the copy
		err = errors.New(strings.ReplaceAll(err.Error(), copied, d.path))
	}
	return err
}

// start does what a server does before it serves.
func start(ctx context.Context, cfg Config) (err error) {
	quiet := slog.New(slog.DiscardHandler) // what matters is in the error
	e, err := OpenEngines(ctx, cfg, quiet)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	return server.Check(ctx, e.Server(), quiet)
}

// copyTo copies what a server reads at its start, while none can run.
func (d *Dir) copyTo(ctx context.Context, to string) (err error) {
	// Not made if it is missing: then no server runs, for that makes it first.
	lock := flock.New(filepath.Join(d.path, lockFile), flock.SetFlag(os.O_RDONLY))
	free, err := lock.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("locking it: %w", err)
	case !free:
		return fmt.Errorf("%w: the directory is in use by %s", ErrUnchecked, d.holder())
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	files, bytes, err := d.files()
	if err != nil {
		return err
	}
	room, err := disk.Free(to)
	switch {
	case err != nil:
		return err
	case bytes > mostChecked:
		return fmt.Errorf("%w: there are %d MiB to copy for that, and at most %d are", ErrUnchecked, bytes>>20, mostChecked>>20)
	case room < 2*bytes+spare: // a schema may be brought up to date in it
		return fmt.Errorf("%w: %s has no room for a copy of %d MiB", ErrUnchecked, filepath.Dir(to), bytes>>20)
	}
	for _, name := range files {
		if err := copyOne(ctx, filepath.Join(d.path, name), filepath.Join(to, name)); err != nil {
			return fmt.Errorf("copying it: %w", err)
		}
	}
	return nil
}

// files are what a server reads at its start, directories before what is in them, and the size of all.
func (d *Dir) files() (names []string, bytes int64, err error) {
	roots := []string{filepath.Join(d.path, versionFile), d.JetStream()}
	for _, db := range Databases(d.path) {
		roots = append(roots, db, db+"-wal", db+"-journal") // and not the WAL's index, which is made anew
	}
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, f fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil
			}
			if err != nil {
				return err
			}
			info, err := f.Info()
			if err != nil {
				return err
			}
			if !f.IsDir() {
				bytes += info.Size()
			}
			name, err := filepath.Rel(d.path, path)
			names = append(names, name)
			return err
		})
		if err != nil {
			return nil, 0, err
		}
	}
	return names, bytes, nil
}

// copyOne copies a file, or makes a directory.
func copyOne(ctx context.Context, from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || info.IsDir() {
		return errors.Join(err, os.MkdirAll(to, 0o700))
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(out, in, 16<<20)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, out.Close())
}
