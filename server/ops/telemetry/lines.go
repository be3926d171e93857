// Package telemetry carries what a server tells of itself, and never lets it
// wait for whoever listens (promises, rule 19).
package telemetry

import (
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	mostWaiting = 1 << 20         // bytes of lines that wait to be written
	lastWords   = 1 * time.Second // for what still waits at the end
)

// Lines is an io.Writer of whole log lines before one that may block: a full
// pipe, a stopped terminal. Write never waits; lines beyond 1 MiB are dropped
// and counted, and a line says how many. All methods may be called concurrently.
type Lines struct {
	mu      sync.Mutex
	waiting []byte
	dropped int
	closed  bool

	due  chan struct{} // wakes the writer
	done chan struct{} // closed when it has ended
}

// StartLines writes to w until Close, in a goroutine that Close ends.
func StartLines(w io.Writer) *Lines {
	l := &Lines{due: make(chan struct{}, 1), done: make(chan struct{})}
	go l.run(w)
	return l
}

// Write keeps a line to be written, or drops it. It never fails.
func (l *Lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	if l.closed || len(l.waiting)+len(line) > mostWaiting {
		l.dropped++
	} else {
		l.waiting = append(l.waiting, line...)
	}
	l.mu.Unlock()
	l.wake()
	return len(line), nil
}

// Close writes what waits, for a second at most: a reader that is stuck does
// not hold up the end. Later lines are dropped.
func (l *Lines) Close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.wake()
	patience := time.NewTimer(lastWords)
	defer patience.Stop()
	select {
	case <-l.done:
	case <-patience.C:
	}
}

func (l *Lines) wake() {
	select {
	case l.due <- struct{}{}:
	default: // it is awake already
	}
}

func (l *Lines) run(w io.Writer) {
	defer close(l.done)
	for range l.due {
		text, last := l.take()
		if len(text) > 0 {
			_, _ = w.Write(text) // there is nowhere to tell of it
		}
		if last {
			return
		}
	}
}

// take takes all that waits, with a line of what was dropped after it.
func (l *Lines) take() (text []byte, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text, l.waiting = l.waiting, nil
	if l.dropped > 0 {
		text = fmt.Appendf(text, `{"@timestamp":%q,"log.level":"warn","message":"log lines were dropped","chatctl.count":%d}`+"\n", time.Now().UTC().Format(time.RFC3339Nano), l.dropped)
		l.dropped = 0
	}
	return text, l.closed
}
