package talk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/chatctl/chatctl/cmd/chatctl/cli"
	"github.com/chatctl/chatctl/server/api"
	"github.com/go-json-experiment/json"
)

// resume is how far a watch has printed each conversation, kept in a file if
// one was named. Its methods may be called concurrently.
type resume struct {
	file string // "": not kept

	mu    sync.Mutex
	old   bool // the file was there
	whole bool // every conversation of the epoch has its place: one without is new
	dirty bool
	state resumed
}

// resumed is the file's content.
type resumed struct {
	Epoch   api.Epoch                    `json:"epoch"`
	Applied map[api.ConversationID]int64 `json:"applied"`
}

func openResume(file string) (*resume, error) {
	r := &resume{file: file, state: resumed{Applied: map[api.ConversationID]int64{}}}
	if file == "" {
		return r, nil
	}
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return nil, cli.Misused("name a file that you can read and write", "--resume: %v", err)
	}
	if json.Unmarshal(b, &r.state) != nil || r.state.Applied == nil {
		return nil, cli.Misused("remove it to begin now, or name another", "--resume %s is no file that a watch has written", file)
	}
	r.old, r.whole = true, true
	return r, nil
}

// resumed reports whether an earlier watch is gone on with: a conversation that
// it did not know has come up since.
func (r *resume) resumed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.old
}

func (r *resume) of(c api.ConversationID) (int64, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seq, ok := r.state.Applied[c]
	return seq, ok
}

func (r *resume) put(c api.ConversationID, seq int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Applied[c], r.dirty = seq, true
}

// epoch takes the server's. Another than before makes all places void, and reports true.
func (r *resume) epoch(e api.Epoch) (changed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.state.Epoch == e {
		return false
	}
	if changed = !r.state.Epoch.IsZero(); changed {
		clear(r.state.Applied)
		r.old, r.whole = false, false
	}
	r.state.Epoch, r.dirty = e, true
	return changed
}

// complete is told once all heads have come.
func (r *resume) complete() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.whole = true
}

// keep writes the file a few times a second while places move, until ctx ends.
func (r *resume) keep(ctx context.Context) error {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := r.save(); err != nil {
				return err
			}
		}
	}
}

// save writes the file if anything in it has changed. Before all heads have
// come it does not: a file without them would make old conversations new.
func (r *resume) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file == "" || !r.dirty || !r.whole {
		return nil
	}
	b, err := json.Marshal(r.state, json.Deterministic(true))
	if err != nil {
		return err
	}
	if err := cli.Replace(r.file, append(b, '\n')); err != nil {
		return &cli.Error{Status: cli.Refused, What: "keeping --resume", Err: err, Do: "free some space, or name a file that you can write"}
	}
	r.dirty = false
	return nil
}
