package store

import (
	"context"
	"database/sql/driver"
	"errors"
)

// errEnded: a Tx was used after its function returned.
var errEnded = errors.New("transaction has ended")

// tx is a transaction on a connection. The first statement that fails dooms it:
// PostgreSQL does the same, and SQLite may have rolled back by itself, so that
// a further statement would be a transaction of its own.
type tx struct {
	ctx    context.Context
	conn   *conn
	failed error
}

func (t *tx) end() { t.failed = errEnded }

// ready tells whether a statement may run now.
func (t *tx) ready() error {
	if t.failed != nil {
		return t.failed
	}
	return t.ctx.Err()
}

// keep remembers what dooms the transaction.
func (t *tx) keep(err error) error {
	if err != nil && !errors.Is(err, ErrNoRow) {
		t.failed = err
	}
	return err
}

func (t *tx) Exec(query string, args ...any) (int64, error) {
	if err := t.ready(); err != nil {
		return 0, err
	}
	n, err := t.conn.exec(query, args...)
	return n, t.keep(err)
}

func (t *tx) Row(query string, args ...any) Row {
	if err := t.ready(); err != nil {
		return &row{err: err}
	}
	values, err := t.conn.row(query, args...)
	return &row{values: values, err: t.keep(err)}
}

func (t *tx) Each(query string, scan func(Row) error, args ...any) error {
	if err := t.ready(); err != nil {
		return err
	}
	var own error // scan's: its business, the statement is sound
	r := &row{}
	err := t.conn.each(query, func(values []driver.Value) (bool, error) {
		if own = t.ctx.Err(); own == nil {
			r.values = values
			own = scan(r)
		}
		return own == nil, nil
	}, args...)
	if err == nil && own != nil {
		return own
	}
	return t.keep(err)
}
