package outbox

import (
	"fmt"
	"path/filepath"

	"github.com/chatctl/chatctl/server/api"
	"github.com/google/renameio/v2/maybe"
)

// damage is where a bad line stands before a good one.
type damage struct{ bad, good int }

// salvage goes on with what the good lines of a damaged file say. What is open
// by them may have ended by a line that is lost, and may stand behind what is
// lost: nothing of it is sent by itself. A message becomes a failure, for its
// owner to decide, under the id by which the server knows it; of other actions
// nobody could decide.
//
// The file is copied before it is replaced, so that no power cut takes the bad lines with it.
func (o *Outbox) salvage(d damage, whole []byte) error {
	aside := o.file.path + ".damaged"
	if err := maybe.WriteFile(aside, whole, 0o600); err != nil {
		return fmt.Errorf("putting a damaged outbox aside: %w", err)
	}
	if err := syncDir(filepath.Dir(aside)); err != nil {
		return fmt.Errorf("putting a damaged outbox aside: %w", err)
	}
	messages := 0
	for _, it := range o.items {
		if it.Action.Type == api.SendMessage {
			o.failed = append(o.failed, Failure{Action: it.Action, Error: "the outbox was damaged", Unsure: true})
			messages++
		}
	}
	others := len(o.items) - messages
	o.items, o.byID = nil, map[api.ActionID]*Item{}
	if err := o.file.compact(o.records()); err != nil {
		return err
	}
	return fmt.Errorf("%w: line %d is bad and line %d is not; it is in %s now; unsent messages that wait for a decision: %d; other actions that are given up: %d",
		ErrDamaged, d.bad, d.good, aside, messages, others)
}
