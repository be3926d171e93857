package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"modernc.org/sqlite"
)

// Finding is one line of what a database was found to be.
type Finding struct {
	Name   string
	Detail string
	Err    error // what is wrong; nil when it is well
}

// CheckSQLite looks at the database at path, which a server may have open in
// another process, and changes nothing: its pages, its journal, its schema. It
// must not be called in the process that has it open (closing a descriptor of
// the file drops that one's locks).
func CheckSQLite(ctx context.Context, path string) []Finding {
	name := filepath.Base(path)
	c, err := openToCheck(ctx, path)
	if err != nil {
		return []Finding{{Name: name, Err: err}}
	}
	findings := []Finding{
		c.check(name+" version", "SELECT 'SQLite ' || sqlite_version()", c.checkVersion),
		c.check(name+" pages", "PRAGMA quick_check(1)", c.checkPages),
		c.check(name+" journal", "PRAGMA journal_mode", func() error { return c.checkSettings(common[:1]) }),
		c.check(name+" schema", "SELECT 'step ' || max(version) FROM schema_version", nil),
	}
	if err := c.close(); err != nil {
		findings = append(findings, Finding{Name: name, Err: err})
	}
	return findings
}

func openToCheck(ctx context.Context, path string) (*conn, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	connector, err := sqlite.NewConnector(uri(path, "&mode=ro"))
	if err != nil {
		return nil, err
	}
	raw, err := connector.Connect(ctx)
	if err != nil {
		return nil, classify(err)
	}
	return newConn(ctx, raw, &latch{}), nil
}

func (c *conn) check(name, detail string, fn func() error) Finding {
	f := Finding{Name: name}
	if f.Detail, f.Err = c.text(detail); f.Err == nil && fn != nil {
		f.Err = fn()
	}
	return f
}

func (c *conn) checkPages() error {
	got, err := c.text("PRAGMA quick_check(1)")
	if err == nil && got != "ok" {
		err = fmt.Errorf("%w: restore a backup", errors.New(got))
	}
	return err
}
