package session

import (
	"context"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Standing is whether a session may stay connected.
type Standing byte

// The standings of a session.
const (
	Ended Standing = iota // revoked, too old, or never there: sign in again
	Alive
	Suspended // signing in again would not help
)

// Recheck tells which sessions may still be connected; one that it does not name has ended.
func (a *Authority) Recheck(ctx context.Context, ids []api.SessionID) (map[api.SessionID]Standing, error) {
	standings := make(map[api.SessionID]Standing, len(ids))
	err := a.db.Read(ctx, func(tx store.Tx) error {
		clear(standings)
		for _, id := range ids {
			f, err := find(tx, sessionOfID, id)
			switch {
			case noRow(err):
			case err != nil:
				return err
			case f.principal.Suspended:
				standings[id] = Suspended
			case a.alive(f):
				standings[id] = Alive
				a.noteUse(f)
			}
		}
		return nil
	})
	return standings, err
}
