// Package machine looks at the machine that a data directory lies on, for doctor:
// what it has, what is wrong with it, and how much a server will carry there.
package machine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/chatctl/chatctl/embedded/disk"
)

// Finding is one line of what a machine was found to be.
type Finding struct {
	Name   string
	Detail string
	Err    error // what is wrong, and what to do; nil when it is well
}

const (
	syncs     = 100
	slowSync  = 20 * time.Millisecond // half of what a message may take at 1,000 a second
	wantFiles = 4096                  // a socket each, and some
)

// Check looks at the machine that a data directory lies on: how long a sync
// takes, the file system, free disk, cores, open files and memory. It writes a
// small file there and takes it away.
func Check(ctx context.Context, dir string) []Finding {
	sync, median := checkSync(ctx, dir)
	findings := []Finding{
		sync,
		checkKind(dir),
		checkFree(dir),
		{Name: "cores", Detail: fmt.Sprintf("%d, of which %d are used", runtime.NumCPU(), runtime.GOMAXPROCS(0))},
	}
	findings = append(findings, checkLimits()...)
	if median > 0 {
		m := Spec{Sync: median, Cores: runtime.GOMAXPROCS(0), Files: openFiles(), Memory: totalMemory()}
		findings = append(findings, Finding{Name: "capacity", Detail: m.Carries()})
	}
	return findings
}

func checkSync(ctx context.Context, dir string) (f Finding, median time.Duration) {
	f = Finding{Name: "sync"}
	times, err := syncTimes(ctx, dir)
	if err != nil {
		f.Err = err
		return f, 0
	}
	slices.Sort(times)
	median = times[len(times)/2]
	worst := times[len(times)-1]
	f.Detail = fmt.Sprintf("200 bytes appended and synced in %v, at worst %v, of %d", median.Round(time.Microsecond), worst.Round(time.Microsecond), len(times))
	if median > slowSync {
		f.Err = fmt.Errorf("each message waits for two syncs: use a faster disk than one of %v", median.Round(time.Millisecond))
	}
	return f, median
}

func syncTimes(ctx context.Context, dir string) (times []time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".sync-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	record := make([]byte, 200)
	for range syncs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		start := time.Now()
		if _, err := f.Write(record); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times = append(times, time.Since(start))
	}
	return times, nil
}

func checkKind(dir string) Finding {
	kind, level, err := disk.Kind(dir)
	f := Finding{Name: "file system", Detail: kind, Err: err}
	switch {
	case err != nil:
	case level == disk.Unfit:
		f.Err = errors.New("messages may be lost on it: use a local disk")
	case level == disk.Unknown:
		f.Detail += ", not tried over a power cut; ext4 and XFS were"
	}
	return f
}

func checkFree(dir string) Finding {
	f := Finding{Name: "free disk"}
	free, err := disk.Free(dir)
	if err != nil {
		f.Err = err
		return f
	}
	f.Detail = fmt.Sprintf("%d MiB", free>>20)
	if free < disk.Wanted {
		f.Err = fmt.Errorf("new work is refused below %d MiB: free some on the disk of %s, or lower --min-free", disk.MinFree>>20, filepath.Clean(dir))
	}
	return f
}
