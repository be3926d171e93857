package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chatctl/chatctl/server/api"
)

const (
	maxLetters = 1_000
	letterMode = 0o600
	letterEnd  = ".json"
)

// Mailbox takes the letters of a server that has no mail server: a file each,
// readable by their owner only, the last 1,000. They hold confirmation codes.
// Another process may read them meanwhile; only one sends.
type Mailbox struct {
	dir string

	mu   sync.Mutex
	last int64 // number of the latest letter
}

// OpenMailbox opens the mailbox in dir and makes that folder when it is missing.
func OpenMailbox(dir string) (*Mailbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	b := &Mailbox{dir: dir}
	numbers, err := b.numbers()
	if err != nil {
		return nil, err
	}
	if len(numbers) > 0 {
		b.last = numbers[len(numbers)-1]
	}
	return b, nil
}

// Send keeps a letter. It is there for readers, whole, once Send returns.
func (b *Mailbox) Send(ctx context.Context, to, subject, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	number := b.last + 1
	letter, err := json.Marshal(api.Letter{
		Number: number, To: to, Subject: subject, Text: text, Time: api.Time(time.Now().UnixMilli()),
	})
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	if err := b.put(number, letter); err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	b.last = number
	return b.prune()
}

// put writes beside and renames, so that no reader meets half a letter. It is
// not synced: a letter that a power cut took is asked for again.
func (b *Mailbox) put(number int64, letter []byte) error {
	beside := filepath.Join(b.dir, "incoming")
	if err := os.WriteFile(beside, letter, letterMode); err != nil {
		return err
	}
	return os.Rename(beside, b.file(number))
}

// prune deletes the letters before the last 1,000. One is gone already when the
// numbers had a gap.
func (b *Mailbox) prune() error {
	if b.last <= maxLetters {
		return nil
	}
	err := os.Remove(b.file(b.last - maxLetters))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// List gives the letters with a number above after, oldest first, at most limit
// (0: all). With to, only those to that address, whatever its case.
func (b *Mailbox) List(to string, after int64, limit int) ([]api.Letter, error) {
	numbers, err := b.numbers()
	if err != nil {
		return nil, err
	}
	letters := []api.Letter{}
	for _, n := range numbers {
		if n <= after {
			continue
		}
		if limit > 0 && len(letters) == limit {
			break
		}
		l, err := b.read(n)
		if errors.Is(err, fs.ErrNotExist) {
			continue // pruned meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("mailbox: letter %d: %w", n, err)
		}
		if to == "" || strings.EqualFold(l.To, to) {
			letters = append(letters, l)
		}
	}
	return letters, nil
}

func (b *Mailbox) read(number int64) (l api.Letter, err error) {
	text, err := os.ReadFile(b.file(number))
	if err != nil {
		return l, err
	}
	return l, json.Unmarshal(text, &l)
}

// numbers are those of the letters that are there, ascending: the names sort so.
func (b *Mailbox) numbers() ([]int64, error) {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	var numbers []int64
	for _, e := range entries {
		name, isLetter := strings.CutSuffix(e.Name(), letterEnd)
		n, err := strconv.ParseInt(name, 10, 64)
		if isLetter && err == nil && n > 0 {
			numbers = append(numbers, n)
		}
	}
	return numbers, nil
}

func (b *Mailbox) file(number int64) string {
	return filepath.Join(b.dir, fmt.Sprintf("%019d%s", number, letterEnd))
}
