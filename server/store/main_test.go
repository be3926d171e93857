package store_test

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"

	"github.com/chatctl/chatctl/server/store"
)

const (
	childRole = "CHATCTL_STORE_TEST_CHILD"
	childPath = "CHATCTL_STORE_TEST_PATH"
)

// role is what this binary does when a test runs it again, as a process that
// may be killed or whose disk may fail.
type role func(ctx context.Context, path string) error

func TestMain(m *testing.M) {
	if name := os.Getenv(childRole); name != "" {
		roles := map[string]role{"count": countForEver}
		maps.Copy(roles, faultyDisks())
		if err := roles[name](context.Background(), os.Getenv(childPath)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// again is the command that runs role on the database at path.
func again(t *testing.T, role, path string, before ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(before, self)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childRole+"="+role, childPath+"="+path)
	return cmd
}

// countForEver commits rows 0, 1, 2 … and prints each number once its commit returned.
func countForEver(ctx context.Context, path string) error {
	db, err := store.OpenSQLite(ctx, path, store.SQLiteOptions{})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	for n := int64(-1); ; {
		err := db.InTx(ctx, func(tx store.Tx) error {
			if _, err := tx.Exec(createRows); err != nil {
				return err
			}
			if err := tx.Row(`SELECT coalesce(max(n), -1) + 1 FROM rows`).Scan(&n); err != nil {
				return err
			}
			_, err := tx.Exec(insertRow, n, make([]byte, 3000))
			return err
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(out, n)
		if err := out.Flush(); err != nil {
			return err
		}
	}
}
