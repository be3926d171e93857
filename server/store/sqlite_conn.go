package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// maxStatements bounds a connection's cache: more texts than that are not
// constants but built, and each would stay for ever.
const maxStatements = 1024

const (
	beginWrite = "BEGIN IMMEDIATE"
	beginRead  = "BEGIN"
	commit     = "COMMIT"
	rollback   = "ROLLBACK"
)

// statement is what the driver's prepared statements are.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// conn is one connection with its prepared statements, without database/sql
// between: its pool, its locks and its second look at every argument would cost
// more than the rest of a small statement. One goroutine at a time.
type conn struct {
	raw    driver.Conn
	writes bool
	stmts  map[string]statement
	latch  *latch
	quiet  context.Context // without Done: one with costs a goroutine a statement
	args   []driver.NamedValue
}

func newConn(ctx context.Context, raw driver.Conn, l *latch) *conn {
	return &conn{raw: raw, stmts: map[string]statement{}, latch: l, quiet: context.WithoutCancel(ctx)}
}

// fail classifies err and remembers it when the storage is broken.
func (c *conn) fail(err error) error {
	err = classify(err)
	if c.writes && isReadOnly(err) {
		err = fmt.Errorf("%w: %w", ErrBroken, err) // so a file system becomes that met an error
	}
	c.latch.set(err)
	return err
}

func (c *conn) prepare(query string) (statement, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	if len(c.stmts) >= maxStatements {
		return nil, fmt.Errorf("more than %d statement texts; texts are constants", maxStatements)
	}
	raw, err := c.raw.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, c.fail(err))
	}
	s, ok := raw.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T cannot be used as a statement", raw), raw.Close())
	}
	c.stmts[query] = s
	return s, nil
}

func (c *conn) bind(args []any) ([]driver.NamedValue, error) {
	c.args = c.args[:0]
	for i, a := range args {
		v, err := value(a)
		if err != nil {
			return nil, fmt.Errorf("$%d: %w", i+1, err)
		}
		c.args = append(c.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return c.args, nil
}

func (c *conn) exec(query string, args ...any) (int64, error) {
	s, err := c.prepare(query)
	if err != nil {
		return 0, err
	}
	bound, err := c.bind(args)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", query, err)
	}
	res, err := s.ExecContext(c.quiet, bound)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", query, c.fail(err))
	}
	return res.RowsAffected()
}

// each calls got with the values of every row until it reports false. The
// values are used again for the next row.
func (c *conn) each(query string, got func([]driver.Value) (bool, error), args ...any) (err error) {
	s, err := c.prepare(query)
	if err != nil {
		return err
	}
	bound, err := c.bind(args)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	rows, err := s.QueryContext(c.quiet, bound)
	if err != nil {
		return fmt.Errorf("%s: %w", query, c.fail(err))
	}
	defer func() {
		if e := rows.Close(); e != nil && err == nil {
			err = fmt.Errorf("%s: %w", query, c.fail(e))
		}
	}()
	values := make([]driver.Value, len(rows.Columns()))
	for {
		err := rows.Next(values)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", query, c.fail(err))
		}
		more, err := got(values)
		if err != nil || !more {
			return err
		}
	}
}

// row gives the first row, or ErrNoRow.
func (c *conn) row(query string, args ...any) (values []driver.Value, err error) {
	err = c.each(query, func(v []driver.Value) (bool, error) {
		values = v
		return false, nil
	}, args...)
	if err == nil && values == nil {
		err = ErrNoRow
	}
	return values, err
}

// transact runs fn between begin and COMMIT. Whatever else happens, a panic or
// an end of the goroutine in fn too, the transaction is rolled back and the
// connection can be used again.
func (c *conn) transact(ctx context.Context, begin string, fn func(Tx) error) (err error) {
	if _, err := c.exec(begin); err != nil {
		return c.stuck(err)
	}
	t := &tx{ctx: ctx, conn: c}
	committed := false
	defer func() {
		t.end()
		if committed {
			return
		}
		if e := c.rollback(); e != nil {
			err = errors.Join(err, e)
		}
	}()
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil {
		return t.failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = c.exec(commit)
	committed = err == nil
	return err
}

// rollback ends a transaction that may have ended by itself: SQLite does so on
// some errors, and ROLLBACK then finds nothing to do, which is an error of the
// plain kind.
func (c *conn) rollback() error {
	_, err := c.exec(rollback)
	if err == nil || isPlain(err) {
		return nil
	}
	return c.stuck(err)
}

// stuck makes a connection that can neither begin nor roll back a broken store:
// nothing would ever go through it again.
func (c *conn) stuck(err error) error {
	if errors.Is(err, ErrTransient) || errors.Is(err, ErrFull) || errors.Is(err, ErrBroken) {
		return err
	}
	err = fmt.Errorf("%w: %w", ErrBroken, err)
	c.latch.set(err)
	return err
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	clear(c.stmts)
	return errors.Join(append(errs, c.raw.Close())...)
}
