package session

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// State is whether a session may stay connected.
type State byte

// The states of a session.
const (
	Ended State = iota // revoked, too old, or never there: sign in again
	Alive
	Suspended // signing in again would not help
	Resuming  // suspended until chat knows that it has ended
)

// Recheck tells which sessions may still be connected; one that it does not name has ended.
func (a *Authority) Recheck(ctx context.Context, ids []api.SessionID) (map[api.SessionID]State, error) {
	states := make(map[api.SessionID]State, len(ids))
	err := a.db.Read(ctx, func(tx store.Tx) error {
		clear(states)
		for _, id := range ids {
			f, err := find(tx, sessionOfID, id)
			switch {
			case noRow(err):
			case err != nil:
				return err
			case f.principal.Suspended:
				states[id] = Suspended
			case f.principal.Resuming:
				states[id] = Resuming
			case a.alive(f):
				states[id] = Alive
				a.noteUse(f)
			}
		}
		return nil
	})
	return states, err
}
