package bustest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
)

// Ledger is a consumer's store: a position row, what was decided in which order,
// and what is held, in a file of one line a transaction. Each line is one write,
// so it survives a kill of the process, though not a power cut; one that a kill
// cut short, between two pages, was not committed. All methods may be called
// concurrently.
type Ledger struct {
	mu      sync.Mutex
	file    *os.File
	created bool
	term    int64
	row     row
	decided map[string]int // id to its place in order
	order   []string
	held    []string
}

type row struct {
	Pos       int64 `json:"pos"`
	Published int64 `json:"published"`
}

// line is one transaction.
type line struct {
	row
	Created bool     `json:"created,omitempty"`
	Decided []string `json:"decided,omitempty"`
	Held    []string `json:"held,omitempty"`
}

// OpenLedger reads the ledger of path, or begins one.
func OpenLedger(path string) (*Ledger, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	l := &Ledger{file: f, decided: make(map[string]int)}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	for text := range bytes.Lines(b[:whole]) {
		var n line
		if err := json.Unmarshal(text, &n); err != nil {
			return nil, fmt.Errorf("ledger: %w", err)
		}
		l.apply(n)
	}
	return l, f.Truncate(int64(whole))
}

// Close closes the file.
func (l *Ledger) Close() { l.file.Close() }

func (l *Ledger) apply(n line) {
	l.row, l.created = n.row, l.created || n.Created
	for _, id := range n.Decided {
		l.decided[id] = len(l.order)
		l.order = append(l.order, id)
	}
	l.held = append(l.held, n.Held...)
}

// commit writes one transaction; l.mu is held.
func (l *Ledger) commit(n line) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(append(b, '\n')); err != nil {
		return err
	}
	l.apply(n)
	return nil
}

func (l *Ledger) topic() Topic {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Topic{
		Name: topicName, LogID: logID, Created: l.created, Pos: l.row.Pos, Published: l.row.Published, MaxBytes: maxBytes,
		MarkCreated: func(context.Context) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.commit(line{row: l.row, Created: true})
		},
	}
}

// takeOver is what another owner's Take does.
func (l *Ledger) takeOver() (term int64, at row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.term++
	return l.term, l.row
}

// Order is what was decided, in order of commit.
func (l *Ledger) Order() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.order)
}

// Decided tells how many were.
func (l *Ledger) Decided() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

// Held is what was held.
func (l *Ledger) Held() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.held)
}

// missing are the ids that were not decided.
func (l *Ledger) missing(ids map[string]bool) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var missing []string
	for id := range maps.Keys(ids) {
		if _, is := l.decided[id]; !is {
			missing = append(missing, id)
		}
	}
	slices.Sort(missing)
	return missing
}

// disorder finds a key whose records, named KEY/N, were not decided by ascending N.
func (l *Ledger) disorder() error {
	last := make(map[string]int)
	for _, id := range l.Order() {
		key, n, err := split(id)
		if err != nil {
			return err
		}
		if was, is := last[key]; is && n <= was {
			return fmt.Errorf("%s was decided after %s/%d", id, key, was)
		}
		last[key] = n
	}
	return nil
}

func split(id string) (key string, n int, err error) {
	key, number, _ := strings.Cut(id, "/")
	_, err = fmt.Sscan(number, &n)
	return key, n, err
}
