package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"
)

// Migration is one step of a schema. Its statements must be accepted by every
// engine: BYTEA, INT8, TEXT and BOOLEAN are the types.
type Migration struct {
	Version    int64 // 1, 2, 3 …
	Name       string
	Statements []string
}

const (
	createVersions = `CREATE TABLE IF NOT EXISTS schema_version (
	version INT8 PRIMARY KEY, name TEXT NOT NULL, applied_at INT8 NOT NULL)`
	selectVersions = `SELECT version, name FROM schema_version ORDER BY version`
	selectVersion  = `SELECT version FROM schema_version WHERE version = $1`
	highestVersion = `SELECT COALESCE(MAX(version), 0) FROM schema_version`
	insertVersion  = `INSERT INTO schema_version (version, name, applied_at) VALUES ($1, $2, $3)`
)

// Migrate brings the schema of db to the last of steps, each in a transaction
// of its own, so that a crash in between is mended by the next start. A schema
// that has a step unknown here was made by a newer program and is refused
// untouched (promises, rule 21).
func Migrate(ctx context.Context, db DB, steps []Migration) error {
	if err := inOrder(steps); err != nil {
		return err
	}
	err := db.InTx(ctx, func(tx Tx) error {
		_, err := tx.Exec(createVersions)
		return err
	})
	if err != nil {
		return fmt.Errorf("making the table of schema versions: %w", err)
	}
	if err := known(ctx, db, steps); err != nil {
		return err
	}
	for _, step := range steps {
		if err := apply(ctx, db, step); err != nil {
			return fmt.Errorf("schema step %d (%s): %w", step.Version, step.Name, err)
		}
	}
	return nil
}

// SchemaVersion is the last step that Migrate has brought db to; 0 before the first.
func SchemaVersion(ctx context.Context, db DB) (version int64, err error) {
	err = db.InTx(ctx, func(tx Tx) error {
		if _, err := tx.Exec(createVersions); err != nil {
			return err
		}
		return tx.Row(highestVersion).Scan(&version)
	})
	return version, err
}

func inOrder(steps []Migration) error {
	for i, s := range steps {
		if s.Version != int64(i+1) || s.Name == "" || len(s.Statements) == 0 {
			return fmt.Errorf("schema step %d must have that version, a name and statements; it is %d %q", i+1, s.Version, s.Name)
		}
	}
	return nil
}

// known compares what was applied with what this program has.
func known(ctx context.Context, db DB, steps []Migration) error {
	return db.Read(ctx, func(tx Tx) error {
		return tx.Each(selectVersions, func(r Row) error {
			var version int64
			var name string
			if err := r.Scan(&version, &name); err != nil {
				return err
			}
			if version < 1 || version > int64(len(steps)) {
				return fmt.Errorf("made by a newer chatctl: the schema has step %d (%s), this one knows %d; use the newer one", version, name, len(steps))
			}
			if have := steps[version-1].Name; have != name {
				return fmt.Errorf("made by another chatctl: schema step %d is %q and here %q", version, name, have)
			}
			return nil
		})
	})
}

func apply(ctx context.Context, db DB, step Migration) error {
	return db.InTx(ctx, func(tx Tx) error {
		var version int64
		err := tx.Row(selectVersion, step.Version).Scan(&version)
		if !errors.Is(err, ErrNoRow) {
			return err // nil: applied before
		}
		for _, statement := range step.Statements {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		_, err = tx.Exec(insertVersion, step.Version, step.Name, time.Now().UnixMilli())
		return err
	})
}

// ReadMigrations reads the files NNNN_name.sql of a folder. A statement ends
// with a semicolon at the end of a line.
func ReadMigrations(fsys fs.FS, dir string) ([]Migration, error) {
	names, err := fs.Glob(fsys, path.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	var steps []Migration
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		number, rest, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil || rest == "" {
			return nil, fmt.Errorf("%s: a schema step is named NNNN_name.sql", name)
		}
		steps = append(steps, Migration{Version: version, Name: rest, Statements: split(string(text))})
	}
	return steps, inOrder(steps)
}

// split cuts a text into its statements.
func split(text string) []string {
	var statements []string
	var current strings.Builder
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		if strings.HasPrefix(trimmed, "--") || trimmed == "" {
			continue
		}
		current.WriteString(line)
		if strings.HasSuffix(trimmed, ";") {
			statements = append(statements, strings.TrimSuffix(strings.TrimSpace(current.String()), ";"))
			current.Reset()
		}
	}
	if rest := strings.TrimSpace(current.String()); rest != "" {
		statements = append(statements, rest)
	}
	return statements
}
