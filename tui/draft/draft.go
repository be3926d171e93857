// Package draft keeps what was written and not sent, for each conversation,
// across restarts.
//
// A Store is one file, mode 0600, replaced whole: after a crash it holds what was
// saved last or what is saved now. Drafts are no messages: the last save may be
// lost with the power. Methods may be called concurrently. Which draft belongs
// on the screen is the composer's matter.
package draft

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
	"github.com/google/renameio/v2/maybe"
)

// Draft is what was being written in a conversation.
type Draft struct {
	Text    string `json:"text"`
	ReplyTo int64  `json:"reply_to,omitzero"` // the seq of the message that it answers
	Quote   string `json:"quote,omitempty"`   // that message in short
	Edits   int64  `json:"edits,omitzero"`    // the seq of the own message that it replaces
	Kept    *Draft `json:"kept,omitempty"`    // what was being written before that edit
}

// Empty reports whether there is nothing worth keeping in d.
func (d Draft) Empty() bool { return d.Text == "" && d.Edits == 0 && (d.Kept == nil || d.Kept.Empty()) }

// All is the drafts by conversation.
type All map[api.ConversationID]Draft

// ErrDamaged says that the file was no list of drafts. It was put aside under
// another name, which the error tells.
var ErrDamaged = errors.New("the drafts cannot be read")

// maxFile is the largest file that is read, in bytes: more drafts than people keep.
const maxFile = 16 << 20

// Store is the file.
type Store struct {
	path  string
	mu    sync.Mutex
	saved uint64 // the version of the latest save
}

// Open reads the drafts at path, in a directory that is made if it is missing.
// With ErrDamaged the store is good, and empty.
func Open(path string) (*Store, All, error) {
	s := &Store{path: path}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("making the directory of the drafts: %w", err)
	}
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, All{}, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("reading the drafts: %w", err)
	}
	all := All{}
	if info.Size() > maxFile {
		return s, All{}, s.aside(fmt.Errorf("larger than %d bytes", maxFile))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the drafts: %w", err)
	}
	if err := json.Unmarshal(b, &all); err != nil {
		return s, All{}, s.aside(err)
	}
	return s, all, nil
}

func (s *Store) aside(why error) error {
	to := s.path + ".damaged"
	if err := os.Rename(s.path, to); err != nil {
		return fmt.Errorf("putting damaged drafts aside: %w", err)
	}
	return fmt.Errorf("%w: %w; they are in %s now", ErrDamaged, why, to)
}

// Save writes all drafts. Of saves that overtake each other the one with the highest version stays.
func (s *Store) Save(all All, version uint64) error {
	kept := maps.Clone(all)
	maps.DeleteFunc(kept, func(_ api.ConversationID, d Draft) bool { return d.Empty() })
	b, err := json.Marshal(kept, json.Deterministic(true))
	if err != nil {
		return fmt.Errorf("saving the drafts: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if version < s.saved {
		return nil
	}
	if err := maybe.WriteFile(s.path, b, 0o600); err != nil {
		return fmt.Errorf("saving the drafts: %w", err)
	}
	s.saved = version
	return nil
}
