// Package suspension keeps accounts from doing anything, for good or until a
// moment.
//
// A suspension ends as it begins: by a change of the account, with a version that
// chat is told of (promise R). Nobody decides by the moment itself, so that what
// a gateway lets in and what chat takes cannot differ by a clock (promises, rule
// 15). At that moment a Lifter makes the change, and audits it; where none ran
// then, the next one to run does. Whoever ended it, the account stays barred here
// until chat has applied that version: else a gateway would accept what chat
// still refuses. The tables are package account's.
//
// Functions work in their caller's transaction, which raises the account's
// version; who commits a Begin or an End wakes the Lifter. New starts nothing;
// Wake, Heard and the functions may be called concurrently.
package suspension

import (
	"github.com/chatctl/chatctl/server/api"
	"github.com/chatctl/chatctl/server/store"
)

// Actor is who ends a suspension at its moment, in the audit.
const Actor = "server"

// One text for SQLite, CockroachDB and PostgreSQL.
const (
	begin = `UPDATE accounts SET suspended = CASE WHEN suspended = 0 THEN $2 ELSE suspended END, suspended_until = $3, resuming = 0
		WHERE user_id = $1 AND (suspended = 0 OR suspended_until <> $3)`
	// The version that the caller raises the account to.
	end  = `UPDATE accounts SET suspended = 0, suspended_until = 0, resuming = version + 1 WHERE user_id = $1 AND suspended <> 0`
	lift = `UPDATE accounts SET suspended = 0, suspended_until = 0, resuming = version + 1
		WHERE user_id = $1 AND suspended_until <> 0 AND suspended_until <= $2`
)

// Begin suspends an account until a moment, 0 for good, and tells whether that
// changed it. One that is suspended already is so until the new moment.
func Begin(tx store.Tx, user api.UserID, until, now api.Time) (changed bool, err error) {
	n, err := tx.Exec(begin, user, now, until)
	return n > 0, err
}

// End ends an account's suspension, and tells whether it had one. The account is
// barred until Heard.
func End(tx store.Tx, user api.UserID) (changed bool, err error) {
	n, err := tx.Exec(end, user)
	return n > 0, err
}

// Refusal is what somebody is told whose account is suspended until a moment, 0 for good.
func Refusal(until api.Time) error {
	if until == 0 {
		return api.NewProblem("forbidden", "the account is suspended")
	}
	return api.NewProblem("forbidden", "the account is suspended until %s", until)
}

// Resuming is what somebody is told whose suspension has ended, until chat knows it.
func Resuming() error {
	return api.NewProblem("unavailable", "the suspension of the account has just ended").Later(2)
}
