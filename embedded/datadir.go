package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chatctl/chatctl/embedded/disk"
	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// layout is the arrangement of the data directory. A program refuses a higher
// one than its own.
const layout = 1

const (
	lockFile    = "lock"
	pidFile     = "pid"
	versionFile = "version"
)

// Dir is a data directory that this process holds.
type Dir struct {
	path string
	lock *flock.Flock
}

// DefaultDir is where the data lies unless told otherwise: chatctl in
// $XDG_DATA_HOME, or in ~/.local/share.
func DefaultDir(getenv func(string) string) (string, error) {
	if base := getenv("XDG_DATA_HOME"); filepath.IsAbs(base) { // a relative one is to be ignored (XDG)
		return filepath.Join(base, "chatctl"), nil
	}
	home := getenv("HOME")
	if home == "" {
		home = getenv("USERPROFILE") // Windows
	}
	if home == "" {
		return "", errors.New("no home directory is known: name a data directory with --data, or set HOME")
	}
	return filepath.Join(home, ".local", "share", "chatctl"), nil
}

// Open takes the data directory for this process: it makes it, tightens its
// mode to 0700, refuses a file system that cannot keep the promises unless
// forced, locks it and checks who made it. Everything it named is synced.
func Open(dir string, force bool, log *slog.Logger) (*Dir, error) {
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	d := &Dir{path: path, lock: flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))}
	if err := d.open(force, log); err != nil {
		return nil, fmt.Errorf("data directory %s: %w", path, errors.Join(err, d.lock.Close()))
	}
	return d, nil
}

func (d *Dir) open(force bool, log *slog.Logger) error {
	missing, err := makeAll(d.path)
	if err != nil {
		return err
	}
	if err := disk.Fit(d.path, force, log); err != nil {
		return err
	}
	if err := d.checkLayout(); err != nil { // before anything in a stranger's directory is touched
		return err
	}
	if err := disk.Private(d.path, log); err != nil {
		return err
	}
	if err := d.take(); err != nil {
		return err
	}
	if err := d.writePid(); err != nil { // on a full disk, for one; it is only a name for who comes second
		log.Warn("the data directory's pid file could not be written", "err", err)
	}
	if err := d.writeLayout(); err != nil {
		return err
	}
	return syncNames(d.path, missing)
}

// makeAll makes dir and what is missing above it, and tells the topmost
// directory that was there.
func makeAll(dir string) (there string, err error) {
	there = dir
	for {
		_, err := os.Stat(there)
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		there = filepath.Dir(there)
	}
	return there, os.MkdirAll(dir, 0o700)
}

// syncNames syncs dir and everything above it down from there, at least its
// parent: a name outlasts a power cut only when its directory was synced (measured, C5).
func syncNames(dir, there string) error {
	if dir == there {
		there = filepath.Dir(dir)
	}
	for at := dir; ; at = filepath.Dir(at) {
		err := disk.SyncDir(at)
		if at == there && errors.Is(err, fs.ErrPermission) {
			return nil // we may not read it, so it was not we who put a name there now
		}
		if err != nil || at == there || at == filepath.Dir(at) {
			return err
		}
	}
}

// take locks the directory against a second process and says who holds it.
func (d *Dir) take() error {
	got, err := d.lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking it: %w", err)
	}
	if !got {
		return fmt.Errorf("in use by %s: stop that, or name another directory with --data", d.holder())
	}
	return nil
}

// holder names the process that has the lock.
func (d *Dir) holder() string {
	if pid, err := os.ReadFile(filepath.Join(d.path, pidFile)); err == nil && len(pid) > 0 {
		return "process " + strings.TrimSpace(string(pid))
	}
	return "another process"
}

func (d *Dir) writePid() error {
	return os.WriteFile(filepath.Join(d.path, pidFile), []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
}

// checkLayout reads who made the directory. One without a version must be
// empty, but for what a start that was cut off may have left.
func (d *Dir) checkLayout() error {
	text, err := os.ReadFile(filepath.Join(d.path, versionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d.checkUnused()
	}
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	switch {
	case err != nil || n < 1:
		return fmt.Errorf("its file %q holds %.20q and not a number: restore it (%d was written by this chatctl)", versionFile, text, layout)
	case n > layout:
		return fmt.Errorf("made by a newer chatctl: it has layout %d, this one knows %d; use the newer one", n, layout)
	}
	return nil
}

func (d *Dir) checkUnused() error {
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		if name != lockFile && name != pidFile && !strings.HasPrefix(name, "."+versionFile) {
			return fmt.Errorf("not made by chatctl and not empty (there is %q): name another with --data", name)
		}
	}
	return nil
}

func (d *Dir) writeLayout() error {
	if err := d.checkLayout(); err != nil { // again: the one who held the lock may have written it
		return err
	}
	path := filepath.Join(d.path, versionFile)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return maybe.WriteFile(path, []byte(strconv.Itoa(layout)+"\n"), 0o600)
}

// Close gives the directory back. What was opened in it is closed before.
func (d *Dir) Close() error {
	err := os.Remove(filepath.Join(d.path, pidFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, d.lock.Close())
}

// Path is the directory, absolute.
func (d *Dir) Path() string { return d.path }

// ChatDB is where the chat service's database lies.
func (d *Dir) ChatDB() string { return filepath.Join(d.path, "chat.db") }

// AccountsDB is where the gateway's database lies.
func (d *Dir) AccountsDB() string { return filepath.Join(d.path, "accounts.db") }

// JetStream is the folder of the log.
func (d *Dir) JetStream() string { return filepath.Join(d.path, "jetstream") }

// FirstFile is where the one-time token for the first administrator of a data directory lies.
func FirstFile(dir string) string { return filepath.Join(dir, "first-administrator") }

// Mail is the folder of the development mailbox.
func (d *Dir) Mail() string { return MailDir(d.path) }

// MailDir is the folder of the development mailbox in a data directory that
// another process may hold.
func MailDir(dir string) string { return filepath.Join(dir, "mail") }

// Databases are the database files of a data directory, held or not.
func Databases(dir string) []string {
	d := &Dir{path: dir}
	return []string{d.ChatDB(), d.AccountsDB()}
}
