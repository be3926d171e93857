package outbox

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/chatctl/chatctl/server/api"
	"github.com/gofrs/flock"
	"github.com/google/renameio/v2/maybe"
)

// ErrLocked says that another process holds the outbox.
var ErrLocked = errors.New("another process uses this outbox")

// ErrDamaged says that the file was changed by something else than a cut write.
// It was put aside under another name, which the error tells.
var ErrDamaged = errors.New("the outbox file is damaged")

// file is an append-only list of records, one a line: the CRC-32C of the JSON in
// 8 hexadecimal digits, a space, the JSON. The line of what a person wrote or
// decided is synced before it counts. The line by which the server ended an
// action is not: if it is lost, the action is sent once more and the server
// answers its first outcome.
type file struct {
	path  string
	lock  *flock.Flock
	f     *os.File
	size  int64 // bytes of whole lines
	lines int
	bad   error // set for good once the disk's state is unknown
}

type record struct {
	Add  *Item        `json:"add,omitempty"`
	Done api.ActionID `json:"done,omitzero"`

	Failed    *Failure     `json:"failed,omitempty"`
	Forgotten api.ActionID `json:"forgotten,omitzero"` // a failure
}

// good reports whether r is exactly one of what there is.
func (r *record) good() bool {
	n := 0
	for _, is := range []bool{
		r.Add != nil && !r.Add.Action.ID.IsZero(), !r.Done.IsZero(), r.Failed != nil && !r.Failed.Action.ID.IsZero(), !r.Forgotten.IsZero(),
	} {
		if is {
			n++
		}
	}
	return n == 1
}

// Open reads the outbox at path, which is made if it is missing, and locks it
// until Close: ErrLocked when another process has it. Lines at the end that a
// crash cut short are dropped; their actions were never sent. With ErrDamaged the
// outbox is good: nothing is open, and the messages that could be read are among
// the failures.
func Open(path string) (*Outbox, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("making the outbox's directory: %w", err)
	}
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", path, err)
	case !ok:
		return nil, fmt.Errorf("%s: %w", path, ErrLocked)
	}
	o := Memory()
	o.file = &file{path: path, lock: lock}
	switch err := o.load(); {
	case errors.Is(err, ErrDamaged):
		return o, err
	case err != nil:
		return nil, errors.Join(err, o.file.close())
	}
	return o, nil
}

func (o *Outbox) load() error {
	b, err := os.ReadFile(o.file.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the outbox: %w", err)
	}
	records, damaged := parse(b)
	for _, r := range records {
		o.remember(r)
	}
	if damaged != (damage{}) {
		return o.salvage(damaged, b)
	}
	return o.file.compact(o.records())
}

// remember does what a record of the file says.
func (o *Outbox) remember(r record) {
	switch {
	case r.Add != nil:
		if o.byID[r.Add.Action.ID] == nil {
			r.Add.tries = 1 // if not more
			o.insert(r.Add)
		}
	case r.Failed != nil:
		o.forgetOpen(r.Failed.Action.ID)
		o.unfail(r.Failed.Action.ID)
		o.failed = append(o.failed, *r.Failed)
		o.failed = o.failed[max(0, len(o.failed)-mostFailed):]
	default:
		o.forgetOpen(r.Done)
		o.unfail(r.Forgotten)
	}
}

func (o *Outbox) forgetOpen(id api.ActionID) {
	if it := o.byID[id]; it != nil {
		o.take(it)
	}
}

// parse reads whole lines. Bad lines are no damage where no good one follows: a
// cut write leaves them at the end only.
func parse(b []byte) (records []record, damaged damage) {
	bad := 0
	for n := 1; len(b) > 0; n++ {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		r, err := parseLine(line)
		switch {
		case err != nil || !whole:
			if bad == 0 {
				bad = n
			}
		default:
			if bad > 0 && damaged.bad == 0 {
				damaged = damage{bad, n}
			}
			records = append(records, r)
		}
		b = rest
	}
	return records, damaged
}

func parseLine(line []byte) (r record, err error) {
	if len(line) < 10 || line[8] != ' ' {
		return r, errors.New("too short")
	}
	sum, err := strconv.ParseUint(string(line[:8]), 16, 32)
	if err != nil || uint32(sum) != crc32.Checksum(line[9:], castagnoli) {
		return r, errors.New("wrong checksum")
	}
	if r, err = api.DecodeTolerant[record](line[9:]); err != nil {
		return r, err
	}
	if !r.good() {
		return r, errors.New("neither an action nor an end")
	}
	return r, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func appendLine(b []byte, r record) []byte {
	data := api.Encode(&r)
	return fmt.Appendf(b, "%08x %s\n", crc32.Checksum(data, castagnoli), data)
}

// keep appends a record and syncs it. After an error it is out of the file
// again, as far as the disk still obeys.
func (f *file) keep(r record) error {
	before := f.size
	if err := f.append(r); err != nil {
		return err
	}
	if err := f.f.Sync(); err != nil {
		f.bad = fmt.Errorf("syncing the outbox: %w", err) // the kernel may have dropped the pages
		return errors.Join(f.bad, f.f.Truncate(before))
	}
	return nil
}

// tidy writes the file anew, with what is left, once it is mostly ends.
func (f *file) tidy(left func() []record) {
	if f.bad != nil || f.lines <= 1000 {
		return
	}
	if records := left(); f.lines > 4*len(records) {
		if err := f.compact(records); err != nil {
			f.bad = err
		}
	}
}

func (f *file) append(r record) error {
	if f.bad != nil {
		return f.bad
	}
	n, err := f.f.Write(appendLine(nil, r))
	if err != nil {
		// A part of a line must not stay before the next one.
		if n > 0 {
			if undo := f.f.Truncate(f.size); undo != nil {
				f.bad = fmt.Errorf("writing the outbox: %w", err)
			}
		}
		return err
	}
	f.size += int64(n)
	f.lines++
	return nil
}

// compact replaces the file by one with what is left only, atomically.
func (f *file) compact(left []record) error {
	var b []byte
	for _, r := range left {
		b = appendLine(b, r)
	}
	if f.f != nil {
		if err := f.f.Close(); err != nil {
			return fmt.Errorf("closing the outbox: %w", err)
		}
		f.f = nil
	}
	if err := maybe.WriteFile(f.path, b, 0o600); err != nil {
		return fmt.Errorf("writing the outbox anew: %w", err)
	}
	if err := syncDir(filepath.Dir(f.path)); err != nil {
		return fmt.Errorf("syncing the outbox's directory: %w", err)
	}
	w, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return fmt.Errorf("opening the outbox: %w", err)
	}
	f.f, f.size, f.lines = w, int64(len(b)), len(left)
	return nil
}

func (f *file) close() error {
	var err error
	if f.f != nil {
		err = f.f.Close()
	}
	return errors.Join(err, f.lock.Unlock())
}

// syncDir makes the new name durable. Windows does so itself.
func syncDir(dir string) (err error) {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return d.Sync()
}
