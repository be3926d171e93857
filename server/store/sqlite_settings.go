package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// minSQLite is the first version without the WAL reset bug, which could lose a
// committed transaction.
const minSQLite = "3.51.3"

// setting is a pragma, what it is set to and what must be read back.
type setting struct{ name, value, reads string }

// common is what every connection has. Without full syncs a COMMIT does not
// outlast a power cut (measured, C: synchronous=NORMAL lost 11 of 30); macOS
// flushes its disk only with fullfsync; memory-mapped reads turn an I/O error
// into a signal; checkpoints are ours (checkpointer), because SQLite's own drop
// the errors of their syncs.
var common = [...]setting{
	{"journal_mode", "WAL", "wal"},
	{"synchronous", "FULL", "2"},
	{"fullfsync", "1", "1"},
	{"checkpoint_fullfsync", "1", "1"},
	{"wal_autocheckpoint", "0", "0"},
	{"locking_mode", "NORMAL", "normal"},
	{"foreign_keys", "1", "1"},
	{"busy_timeout", "2000", "2000"},
	{"mmap_size", "0", "0"},
	{"temp_store", "MEMORY", "2"},
	{"trusted_schema", "0", "0"},
}

func writerSettings(cacheKiB int) []setting {
	cache := "-" + strconv.Itoa(cacheKiB) // negative: KiB, not pages
	return append(common[:len(common):len(common)],
		setting{"cache_size", cache, cache},
		setting{"journal_size_limit", walKept, walKept}, // of a WAL that had grown and starts over
		setting{"query_only", "0", "0"})
}

func readerSettings(cacheKiB int) []setting {
	cache := "-" + strconv.Itoa(max(cacheKiB, 1024))
	return append(common[:len(common):len(common)],
		setting{"cache_size", cache, cache},
		setting{"query_only", "1", "1"})
}

// copierSettings are those of a snapshot's connection. It changes nothing in the
// database, but SQLite counts VACUUM INTO as a write.
func copierSettings() []setting {
	return append(common[:len(common):len(common)],
		setting{"cache_size", "-8192", "-8192"},
		setting{"query_only", "0", "0"})
}

// frozenSettings are those of a file that nobody writes: no journal is asked for.
func frozenSettings() []setting {
	return []setting{{"cache_size", "-65536", ""}, {"mmap_size", "0", ""}, {"temp_store", "MEMORY", ""}, {"query_only", "1", ""}, {"trusted_schema", "0", ""}}
}

// prepareToServe sets the connection up, then asks for each setting again. It
// also makes SQLite open the WAL, so that the directory that is synced next
// holds its name.
func (c *conn) prepareToServe(want []setting, then string) error {
	if err := c.checkVersion(); err != nil {
		return err
	}
	for _, s := range want {
		if err := c.pragma("PRAGMA " + s.name + " = " + s.value); err != nil {
			return err
		}
	}
	if then != "" {
		if err := c.pragma(then); err != nil {
			return err
		}
	}
	if err := c.checkSettings(want); err != nil {
		return err
	}
	_, err := c.row("SELECT count(*) FROM sqlite_schema")
	return err
}

// pragma runs a text once, without keeping it prepared.
func (c *conn) pragma(text string) error {
	_, err := c.row(text)
	if s := c.stmts[text]; s != nil {
		delete(c.stmts, text)
		err = errors.Join(err, s.Close())
	}
	if errors.Is(err, ErrNoRow) {
		return nil
	}
	return err
}

// checkSettings complains of every setting that reads differently.
func (c *conn) checkSettings(want []setting) error {
	var errs []error
	for _, s := range want {
		got, err := c.text("PRAGMA " + s.name)
		if err != nil {
			return err
		}
		if got != s.reads {
			errs = append(errs, fmt.Errorf("PRAGMA %s is %s and must be %s", s.name, got, s.reads))
		}
	}
	return errors.Join(errs...)
}

func (c *conn) checkVersion() error {
	have, err := c.text("SELECT sqlite_version()")
	if err != nil {
		return err
	}
	if !atLeast(have, minSQLite) {
		return fmt.Errorf("SQLite %s has a bug that loses committed transactions; %s is needed", have, minSQLite)
	}
	return nil
}

// text reads one value as text.
func (c *conn) text(query string) (string, error) {
	values, err := c.row(query)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(values[0]), nil
}

// atLeast compares versions of numbers and dots.
func atLeast(have, want string) bool {
	h, w := strings.Split(have, "."), strings.Split(want, ".")
	for i := range w {
		if i >= len(h) {
			return false
		}
		a, errA := strconv.Atoi(h[i])
		b, errB := strconv.Atoi(w[i])
		if errA != nil || errB != nil {
			return false
		}
		if a != b {
			return a > b
		}
	}
	return true
}
