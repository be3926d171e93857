package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// MinFree is the free disk below which new work is refused, unless told
// otherwise; Wanted is that with the ballast.
const (
	MinFree = 512 << 20
	Wanted  = MinFree + MinFree/ballastShare
)

const (
	ballastShare = 8                      // the ballast is this part of MinFree
	freshness    = 250 * time.Millisecond // of what Low tells
	watch        = time.Second            // between two looks of Run
)

// Space watches the free disk of the data directory. New work is refused while
// there is too little (Low); what was accepted is finished with the ballast, a
// file that is deleted when a store finds the disk full (Free) and comes back
// when there is room (promises, rule 9).
type Space struct {
	ballast string // its file
	dir     string
	min     int64
	log     *slog.Logger
	start   time.Time

	looked atomic.Int64          // when, since start; 0: never
	low    atomic.Pointer[error] // what that look found; nil: enough

	mu   sync.Mutex // of the ballast
	held bool       // the ballast lies on the disk, whole
}

// NewSpace watches dir. minFree is in bytes; nothing is refused below 1.
func NewSpace(dir string, minFree int64, log *slog.Logger) *Space {
	return &Space{dir: dir, ballast: filepath.Join(dir, "ballast"), min: minFree, log: log, start: time.Now()}
}

// Low says why no new work is taken now, or nil. It costs two atomic reads; the
// disk is asked at most each 250 ms, by one of those who call.
func (s *Space) Low() error {
	last, now := s.looked.Load(), int64(time.Since(s.start))+1
	if (last == 0 || now-last >= int64(freshness)) && s.looked.CompareAndSwap(last, now) {
		s.look()
	}
	if err := s.low.Load(); err != nil {
		return *err
	}
	return nil
}

// look asks the disk and keeps the answer.
func (s *Space) look() {
	free, err := Free(s.dir)
	switch {
	case err != nil:
		err = fmt.Errorf("asking how much disk is free: %w", err)
	case free < s.min:
		err = fmt.Errorf("%d MiB of disk are free and %d are kept: free some on the data directory's disk, or lower --min-free", free>>20, s.min>>20)
	}
	before := s.low.Load()
	if err == nil {
		s.low.Store(nil)
	} else {
		s.low.Store(&err)
	}
	if before == nil && err != nil {
		s.log.Error("new work is refused", "err", err)
	} else if before != nil && err == nil {
		s.log.Info("new work is accepted again", "free_mib", free>>20)
	}
}

// Free deletes the ballast, so that accepted work can be finished on a full
// disk, and reports whether there was any.
func (s *Space) Free() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := os.Remove(s.ballast)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error("the ballast could not be deleted", "err", err)
		return false
	}
	s.held = false
	if err == nil {
		s.log.Warn("disk full: ballast freed to finish accepted work", "mib", s.size()>>20)
	}
	return err == nil
}

// Relieve is Free when the disk is full to what the ballast holds: a store that
// failed says less than the disk itself.
func (s *Space) Relieve() {
	if free, err := Free(s.dir); err == nil && free < s.size() {
		s.Free()
	}
}

// Run keeps the ballast on the disk and looks at the free space until ctx ends.
// The ballast stays: the next start has it at once.
func (s *Space) Run(ctx context.Context) error {
	tick := time.NewTicker(watch)
	defer tick.Stop()
	for {
		if err := s.restore(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the ballast could not be made", "err", err)
		}
		_ = s.Low() // for its log lines
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Space) size() int64 { return s.min / ballastShare }

// restore makes the ballast when it is away and min stays free with it.
func (s *Space) restore(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held || s.size() <= 0 {
		return nil
	}
	if whole(s.ballast, s.size()) {
		s.held = true
		return nil
	}
	free, err := Free(s.dir)
	if err != nil || free < s.min+s.size() {
		return err
	}
	f, err := os.OpenFile(s.ballast, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(allocate(ctx, f, s.size()), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(s.ballast))
	}
	s.held = true
	return nil
}

// fill writes size bytes that no file system can compress away.
func fill(ctx context.Context, f *os.File, size int64) error {
	block := make([]byte, 1<<20)
	noise := rand.NewChaCha8([32]byte{})
	for written := int64(0); written < size; written += int64(len(block)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, _ = noise.Read(block) // never fails
		if _, err := f.Write(block[:min(int64(len(block)), size-written)]); err != nil {
			return err
		}
	}
	return f.Sync()
}
