package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/chatctl/chatctl/server/store"
)

// Here a child process meets a disk that fails: a full one (a small tmpfs of
// its own), one that refuses a write (a limit on the size of files) and one that
// fails a sync (injected by strace). The parent looks at what is left.

func faultyDisks() map[string]role {
	return map[string]role{"full": onFullDisk, "limit": onRefusedWrite, "sync": onFailingSync}
}

// fillUp commits rows until that fails, and tells how many it committed.
func fillUp(ctx context.Context, db store.DB) (committed int64, err error) {
	for n := int64(0); ; n++ {
		err := db.InTx(ctx, func(tx store.Tx) error {
			_, err := tx.Exec(insertRow, n, make([]byte, 20_000))
			return err
		})
		if err != nil {
			return n, err
		}
	}
}

func create(ctx context.Context, path string) (store.DB, error) {
	db, err := store.OpenSQLite(ctx, path, store.SQLiteOptions{})
	if err != nil {
		return nil, err
	}
	return db, db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(createRows)
		return err
	})
}

func count(ctx context.Context, db store.DB) (n int64, err error) {
	return n, db.Read(ctx, func(tx store.Tx) error { return tx.Row(countRows).Scan(&n) })
}

func onFullDisk(ctx context.Context, dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"); err != nil {
		return err
	}
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		return err
	}
	db, err := create(ctx, filepath.Join(dir, "x.db"))
	if err != nil {
		return err
	}
	committed, err := fillUp(ctx, db)
	if !errors.Is(err, store.ErrFull) || !store.Transient(err) || errors.Is(err, store.ErrBroken) {
		return fmt.Errorf("full disk: %w", err)
	}
	if n, err := count(ctx, db); err != nil || n != committed {
		return fmt.Errorf("%d rows of %d: %w", n, committed, err)
	}
	if err := os.Remove(ballast); err != nil { // rule 9: free it, and the same transaction succeeds
		return err
	}
	if err := db.InTx(ctx, func(tx store.Tx) error {
		_, err := tx.Exec(insertRow, committed, make([]byte, 20_000))
		return err
	}); err != nil {
		return fmt.Errorf("after the ballast was freed: %w", err)
	}
	if n, err := count(ctx, db); err != nil || n != committed+1 {
		return fmt.Errorf("%d rows of %d: %w", n, committed+1, err)
	}
	return db.Close()
}

func TestAFullDiskIsErrFullAndLosesNothing(t *testing.T) {
	cmd := again(t, "full", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWNS | unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EINVAL) || bytes.Contains(out, []byte("operation not permitted")) {
		leaveOut(t, "no user namespaces here, so no small disk:", err)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// brokenThenStopped prints how many rows were committed before a fault that
// must break the store, for good.
func brokenThenStopped(ctx context.Context, db store.DB) error {
	committed, err := fillUp(ctx, db)
	if !errors.Is(err, store.ErrBroken) || store.Transient(err) {
		return fmt.Errorf("faulty disk: %w", err)
	}
	again := db.InTx(ctx, func(store.Tx) error { return errors.New("it ran") })
	if !errors.Is(again, store.ErrBroken) {
		return fmt.Errorf("afterwards: %w", again)
	}
	_, err = fmt.Println(committed)
	return err
}

func onRefusedWrite(ctx context.Context, path string) error {
	signal.Ignore(unix.SIGXFSZ)
	db, err := create(ctx, path)
	if err != nil {
		return err
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}); err != nil {
		return err
	}
	return brokenThenStopped(ctx, db)
}

func TestARefusedWriteBreaksTheStoreAndLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	nothingLost(t, path, again(t, "limit", path))
}

func onFailingSync(ctx context.Context, path string) error {
	db, err := create(ctx, path)
	if err != nil {
		return err
	}
	return brokenThenStopped(ctx, db)
}

func TestAFailingSyncBreaksTheStoreAndLosesNothing(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		leaveOut(t, "no strace here, which makes a sync fail:", err)
	}
	for _, from := range []int{20, 61} {
		path := filepath.Join(t.TempDir(), "x.db")
		nothingLost(t, path, again(t, "sync", path, strace, "-f", "-o", os.DevNull, "-e", "trace=fsync,fdatasync",
			"-e", fmt.Sprintf("inject=fsync,fdatasync:error=EIO:when=%d+", from)))
	}
}

// nothingLost runs a child that prints how many rows it had committed, and
// looks for them in a process whose disk is sound.
func nothingLost(t *testing.T, path string, cmd *exec.Cmd) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if strings.Contains(stderr.String(), "ptrace") {
		leaveOut(t, "strace may not trace here:", &stderr)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	committed, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil || committed == 0 {
		t.Fatalf("committed %q: %v", out, err)
	}
	if n := rows(t, open(t, path, store.SQLiteOptions{})); n < committed || n > committed+1 {
		t.Errorf("%d rows of %d", n, committed)
	}
}

// leaveOut says what a test does without; where everything is provided it fails instead.
func leaveOut(t *testing.T, why ...any) {
	t.Helper()
	if os.Getenv("CHATCTL_TEST_ALL") != "" {
		t.Fatal(why...)
	}
	t.Skip(why...)
}
