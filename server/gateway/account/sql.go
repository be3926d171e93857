package account

// The statements of this package, one text for SQLite, CockroachDB and
// PostgreSQL. Its rooms have their own.
const (
	putSecret = `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	getSecret = `SELECT value FROM secrets WHERE name = $1`

	userOfHandle = `SELECT user_id FROM accounts WHERE handle = $1 AND deleted = 0`
)

// Signing up (signup.go).
const (
	insertSignup = `INSERT INTO signups (signup_id, handle, display_name, email, address, password, created, invite)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	latestSignup  = `SELECT signup_id, handle, email FROM signups WHERE address = $1 AND created > $2 AND user_id IS NULL ORDER BY created DESC LIMIT 1`
	signupOfID    = `SELECT handle, display_name, email, address, password, user_id, invite FROM signups WHERE signup_id = $1`
	signupHasUser = `UPDATE signups SET user_id = $2 WHERE signup_id = $1`
	cleanSignups  = `DELETE FROM signups WHERE signup_id IN (SELECT signup_id FROM signups WHERE created <= $1 LIMIT $2)`
)

// Changing the own account (change.go, reset.go, presence.go).
const (
	changePassword = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND password = $3`
	resetPassword  = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND address = $3 AND deleted = 0 RETURNING handle, email`
	setHidden      = `UPDATE accounts SET hidden = $2 WHERE user_id = $1`
	hiddenOfUser   = `SELECT hidden FROM accounts WHERE user_id = $1`
	setDisplayName = `UPDATE accounts SET display_name = $2 WHERE user_id = $1 AND display_name <> $2`
	lockEmail      = `UPDATE accounts SET acknowledged = acknowledged WHERE user_id = $1 AND deleted = 0 RETURNING handle, COALESCE(email, '')`
	setEmail       = `UPDATE accounts SET email = $2, address = $3 WHERE user_id = $1`
)

// A restored database (renew.go).
const (
	dropSessions  = `DELETE FROM sessions`
	dropTickets   = `DELETE FROM tickets`
	dropCodes     = `DELETE FROM codes`
	dropErased    = `DELETE FROM erased_tokens`
	renewAccounts = `UPDATE accounts SET version = version + 1, not_before = version + 1`
)
