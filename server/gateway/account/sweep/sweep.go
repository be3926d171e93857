// Package sweep deletes rows that are over, a part at a time: one transaction for
// all that has piled up would hold up everybody who writes. It runs in its
// caller's transaction, and may be called concurrently.
package sweep

import "github.com/chatctl/chatctl/server/store"

// part bounds the rows that a transaction deletes from one table.
const part = 1000

// Delete is a statement that deletes what is over. Its last parameter is how many rows at most.
type Delete struct {
	Statement string
	Args      []any // without the last one
}

// Part runs each statement once, and tells whether there may be more to delete.
func Part(tx store.Tx, deletes ...Delete) (more bool, err error) {
	for _, d := range deletes {
		n, err := tx.Exec(d.Statement, append(d.Args, part)...)
		if err != nil {
			return false, err
		}
		more = more || n == part
	}
	return more, nil
}
