package session

import (
	"time"

	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/gateway/account/standing"
	"github.com/chatctl/chatctl/server/store"
)

// mostRevoked bounds an account's standing: with more revoked sessions that
// would still be alive, all its sessions are ended by one number instead.
const mostRevoked = 1000

// List lists an account's sessions that are alive, the 200 used last, newest use
// first; current is marked.
func List(tx store.Tx, user api.UserID, current api.SessionID, now api.Time) ([]api.Session, error) {
	list := []api.Session{}
	err := tx.Each(sessionsOfUser, func(r store.Row) error {
		var one api.Session
		var lasting int64
		if err := r.Scan(&one.Session, &one.Name, &one.Created, &one.LastUsed, &lasting); err != nil {
			return err
		}
		one.Current, one.Lasting = one.Session == current, lasting != 0
		list = append(list, one)
		return nil
	}, user, before(now, IdleLife), before(now, AbsoluteLife))
	return list, err
}

// Revoke ends one session of an account, and tells the account's version that
// says so. One that was ended before stays as it is.
func Revoke(tx store.Tx, user api.UserID, id api.SessionID, now api.Time) (version int64, err error) {
	n, err := tx.Exec(revokeSession, id, user, now)
	if err != nil {
		return 0, err
	}
	if n == 0 { // revoked before, or none of theirs
		err := tx.Row(sessionExists, id, user).Scan(&version)
		if noRow(err) {
			err = api.NewProblem("not_found", "there is no such session")
		}
		return version, err
	}
	return raise(tx, user)
}

// EndAll ends every session of an account that has begun by now.
func EndAll(tx store.Tx, user api.UserID) (version int64, err error) {
	if version, err = standing.Raise(tx, user); err != nil {
		return 0, err
	}
	_, err = tx.Exec(endAllBefore, user, version)
	return version, err
}

// EndOthers ends all sessions of a person but the one that asks.
func EndOthers(tx store.Tx, p Principal, now api.Time) (version int64, err error) {
	n, err := tx.Exec(endOthers, p.User, p.Session, now)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return standing.Version(tx, p.User)
	}
	return raise(tx, p.User)
}

// raise raises the version of an account some of whose sessions were revoked.
func raise(tx store.Tx, user api.UserID) (version int64, err error) {
	if version, err = standing.Raise(tx, user); err != nil {
		return 0, err
	}
	var n int64
	if err := tx.Row(countRevoked, user).Scan(&n); err != nil || n <= mostRevoked {
		return version, err
	}
	_, err = tx.Exec(endAllBefore, user, version)
	return version, err
}

func before(now api.Time, d time.Duration) api.Time { return now - api.Time(d.Milliseconds()) }
