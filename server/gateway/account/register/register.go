// Package register is the register of accounts: who there is, under which handle
// and address, with which grants.
//
// A handle that was given out once is never given out again (promises, rule 23).
// All functions work in their caller's transaction and may be called
// concurrently; the tables are package account's, which also says what becomes of
// an account. What a caller did wrong is an *api.Problem.
package register

import (
	"errors"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// The grants.
const (
	Administrator = api.GrantAdmin    // may administer
	LoadTest      = api.GrantLoadTest // may make throw-away people, and is not limited
)

// Entry is what an account is made with.
type Entry struct {
	User        api.UserID
	Handle      string
	DisplayName string
	Email       *string // as written; nil: none
	Address     *string // the same for addresses that differ in case
	Password    *string // PHC; nil: cannot sign in with one
	Throwaway   bool    // made for a load test
}

// Create makes an account at version 1, to be published. The handle is taken for ever.
func Create(tx store.Tx, e Entry, now api.Time) error {
	switch n, err := tx.Exec(takeHandle, e.Handle, now); {
	case err != nil:
		return err
	case n == 0:
		return api.NewProblem("handle_taken", "take another")
	}
	throwaway := 0
	if e.Throwaway {
		throwaway = 1
	}
	_, err := tx.Exec(insertAccount, e.User, e.Handle, e.DisplayName, e.Email, e.Address, e.Password, now, throwaway)
	if err != nil {
		return err
	}
	return standing.Mark(tx, e.User, 1)
}

// IsFree reports the problem handle_taken for a handle that somebody has or had.
func IsFree(tx store.Tx, handle string) error {
	var at int64
	switch err := tx.Row(handleIsTaken, handle).Scan(&at); {
	case errors.Is(err, store.ErrNoRow):
		return nil
	case err != nil:
		return err
	}
	return api.NewProblem("handle_taken", "take another")
}

// Find reads who has a handle, or reports the problem not_found.
func Find(tx store.Tx, handle string) (api.UserID, error) { return find(tx, userOfHandle, handle) }

// FindAny is Find also of an account that is deleted and still has its handle.
func FindAny(tx store.Tx, handle string) (api.UserID, error) { return find(tx, anyoneNamed, handle) }

func find(tx store.Tx, query, handle string) (user api.UserID, err error) {
	err = tx.Row(query, handle).Scan(&user)
	if errors.Is(err, store.ErrNoRow) {
		return user, api.NewProblem("not_found", "no account has this handle")
	}
	return user, err
}

// HandleOf is the handle of the account with an address, "" for none.
func HandleOf(tx store.Tx, address string) (handle string, err error) {
	err = tx.Row(handleOfAddress, address).Scan(&handle)
	if errors.Is(err, store.ErrNoRow) {
		return "", nil
	}
	return handle, err
}

// Read reads an account.
func Read(tx store.Tx, id api.UserID) (u api.User, err error) {
	var suspended, deleted int64
	u.User = id
	err = tx.Row(accountOfUser, id).Scan(&u.Handle, &u.DisplayName, &u.Email, &u.Version, &suspended, &u.Until, &deleted, &u.Created)
	if err != nil {
		return u, err
	}
	u.Verified, u.Suspended, u.Deleted = u.Email != "", suspended != 0, deleted != 0
	u.Grants, err = Grants(tx, id)
	return u, err
}

// Grants lists an account's grants, sorted.
func Grants(tx store.Tx, user api.UserID) ([]string, error) {
	grants := []string{}
	err := tx.Each(grantsOfUser, func(r store.Row) error {
		var name string
		if err := r.Scan(&name); err != nil {
			return err
		}
		grants = append(grants, name)
		return nil
	}, user)
	return grants, err
}
