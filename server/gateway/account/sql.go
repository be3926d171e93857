package account

// Every statement that this package runs, one text for SQLite, CockroachDB and
// PostgreSQL. Named after what they mean; grouped as the files that use them.

// Accounts (store.go).
const (
	putSecret = `INSERT INTO secrets (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`
	getSecret = `SELECT value FROM secrets WHERE name = $1`

	takeHandle    = `INSERT INTO handles (handle, taken) VALUES ($1, $2) ON CONFLICT (handle) DO NOTHING`
	handleIsTaken = `SELECT taken FROM handles WHERE handle = $1`

	insertAccount = `INSERT INTO accounts (user_id, handle, display_name, email, address, password, version, not_before,
		created, suspended, deleted, acknowledged, throwaway) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, 0, 0, 0, $8)`
	userOfHandle    = `SELECT user_id FROM accounts WHERE handle = $1 AND deleted = 0`
	handleOfAddress = `SELECT handle FROM accounts WHERE address = $1`
	ownerOfAddress  = `SELECT user_id, handle, email FROM accounts WHERE address = $1 AND deleted = 0`
	accountOfUser   = `SELECT handle, display_name, COALESCE(email, ''), version, suspended, deleted, created FROM accounts WHERE user_id = $1`
	accountsAfter   = `SELECT user_id FROM accounts WHERE handle > $1 ORDER BY handle LIMIT $2`
	accountsLike    = `SELECT user_id FROM accounts WHERE handle > $1 AND (handle LIKE $3 ESCAPE '\' OR address LIKE $3 ESCAPE '\')
		ORDER BY handle LIMIT $2`
	acknowledge = `UPDATE accounts SET acknowledged = 1 WHERE user_id = $1 AND acknowledged = 0`

	suspendAccount = `UPDATE accounts SET suspended = $2 WHERE user_id = $1 AND suspended = 0`
	resumeAccount  = `UPDATE accounts SET suspended = 0 WHERE user_id = $1 AND suspended <> 0`
	insertGrant    = `INSERT INTO grants (user_id, name, since) VALUES ($1, $2, $3) ON CONFLICT (user_id, name) DO NOTHING`
	deleteGrant    = `DELETE FROM grants WHERE user_id = $1 AND name = $2`
	grantsOfUser   = `SELECT name FROM grants WHERE user_id = $1 ORDER BY name`
)

// Sessions and tickets (session.go, run.go). A session is alive while it is not
// revoked and, if it is no lasting one, used within the idle life and younger
// than the absolute life.
const (
	insertSession = `INSERT INTO sessions (session_id, user_id, token, name, network, since, created, last_used, revoked, lasting)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)`
	deleteSession  = `DELETE FROM sessions WHERE session_id = $1`
	sessionColumns = `SELECT s.session_id, s.user_id, s.since, s.created, s.last_used, s.revoked, s.lasting,
		a.handle, a.suspended, a.deleted, a.not_before, a.throwaway
		FROM sessions s JOIN accounts a ON a.user_id = s.user_id `
	sessionOfToken = sessionColumns + `WHERE s.token = $1`
	sessionOfID    = sessionColumns + `WHERE s.session_id = $1`
	sessionsOfUser = `SELECT session_id, name, created, last_used, lasting FROM sessions
		WHERE user_id = $1 AND revoked = 0 AND (lasting <> 0 OR last_used > $2 AND created > $3) AND since >= (SELECT not_before FROM accounts WHERE user_id = $1)
		ORDER BY last_used DESC, session_id LIMIT 200`
	revokeSession = `UPDATE sessions SET revoked = $3 WHERE session_id = $1 AND user_id = $2 AND revoked = 0`
	sessionExists = `SELECT a.version FROM sessions s JOIN accounts a ON a.user_id = s.user_id WHERE s.session_id = $1 AND s.user_id = $2`
	countRevoked  = `SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND revoked <> 0 AND since >= (SELECT not_before FROM accounts WHERE user_id = $1)`
	endAllBefore  = `UPDATE accounts SET not_before = $2 WHERE user_id = $1`
	useSession    = `UPDATE sessions SET last_used = $2 WHERE session_id = $1 AND last_used < $2`
	countLasting  = `SELECT COUNT(*) FROM sessions WHERE user_id = $1 AND lasting <> 0 AND revoked = 0 AND since >= (SELECT not_before FROM accounts WHERE user_id = $1)`
	endOthers     = `UPDATE sessions SET revoked = $3 WHERE user_id = $1 AND session_id <> $2 AND revoked = 0`
	cleanSessions = `DELETE FROM sessions WHERE lasting = 0 AND (last_used <= $1 OR created <= $2)
		OR lasting <> 0 AND revoked <> 0 AND revoked <= $1`

	insertTicket = `INSERT INTO tickets (ticket, session_id, expires) VALUES ($1, $2, $3)`
	takeTicket   = `DELETE FROM tickets WHERE ticket = $1 RETURNING session_id, expires`
	cleanTickets = `DELETE FROM tickets WHERE expires <= $1`
)

// Signing up and codes (signup.go, code.go).
const (
	insertSignup = `INSERT INTO signups (signup_id, handle, display_name, email, address, password, created, invite)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	latestSignup  = `SELECT signup_id, handle, email FROM signups WHERE address = $1 AND created > $2 AND user_id IS NULL ORDER BY created DESC LIMIT 1`
	signupOfID    = `SELECT handle, display_name, email, address, password, user_id, invite FROM signups WHERE signup_id = $1`
	signupHasUser = `UPDATE signups SET user_id = $2 WHERE signup_id = $1`
	cleanSignups  = `DELETE FROM signups WHERE created <= $1`

	insertCode = `INSERT INTO codes (code_id, address, purpose, subject, code, expires, tries, used) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`
	tryCodes   = `UPDATE codes SET tries = tries + 1 WHERE address = $1 AND purpose = $2 AND used = 0 AND tries < $3 AND expires > $4
		RETURNING code_id, subject, code`
	takeCode      = `UPDATE codes SET used = $2 WHERE code_id = $1 AND used = 0`
	closeCodes    = `UPDATE codes SET used = $3 WHERE address = $1 AND purpose = $2 AND used = 0`
	closeOwnCodes = `UPDATE codes SET used = $2 WHERE subject = $1 AND used = 0`
	reopenCode    = `UPDATE codes SET used = 0, tries = tries - 1 WHERE code_id = $1`
	cleanCodes    = `DELETE FROM codes WHERE expires <= $1`

	countLetter = `INSERT INTO letters (address, started, sent) VALUES ($1, $2, 1) ON CONFLICT (address) DO UPDATE SET
		started = CASE WHEN letters.started <= $3 THEN excluded.started ELSE letters.started END,
		sent = CASE WHEN letters.started <= $3 THEN 1 ELSE letters.sent + 1 END RETURNING started, sent`
	cleanLetters = `DELETE FROM letters WHERE started <= $1`
)

// Signing in (signin.go).
const (
	signInRow = `SELECT user_id, COALESCE(password, ''), acknowledged FROM accounts WHERE handle = $1 AND deleted = 0`
	rehash    = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND password = $3`
	// Locks the row against a revocation that raises the version meanwhile.
	beginSession   = `UPDATE accounts SET acknowledged = acknowledged WHERE user_id = $1 AND deleted = 0 RETURNING version, suspended`
	networkIsKnown = `SELECT session_id FROM sessions WHERE user_id = $1 AND network = $2 LIMIT 1`

	failuresOf    = `SELECT tries, closed FROM failures WHERE lane = $1`
	insertFailure = `INSERT INTO failures (lane, tries, last, closed) VALUES ($1, 1, $2, 0) ON CONFLICT (lane) DO NOTHING`
	raiseFailure  = `UPDATE failures SET tries = tries + 1, last = $3, closed = $4 WHERE lane = $1 AND tries = $2`
	clearFailures = `DELETE FROM failures WHERE lane = $1`
	cleanFailures = `DELETE FROM failures WHERE last <= $1`
)

// A restored database (renew.go).
const (
	dropSessions  = `DELETE FROM sessions`
	dropTickets   = `DELETE FROM tickets`
	dropCodes     = `DELETE FROM codes`
	dropErased    = `DELETE FROM erased_tokens`
	renewAccounts = `UPDATE accounts SET version = version + 1, not_before = version + 1`
)

// Changing the own account (change.go, reset.go).
const (
	changePassword = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND password = $3`
	resetPassword  = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND address = $3 AND deleted = 0 RETURNING handle, email`
	setPassword    = `UPDATE accounts SET password = $2 WHERE user_id = $1`
	setHidden      = `UPDATE accounts SET hidden = $2 WHERE user_id = $1`
	hiddenOfUser   = `SELECT hidden FROM accounts WHERE user_id = $1`
	setDisplayName = `UPDATE accounts SET display_name = $2 WHERE user_id = $1 AND display_name <> $2`
	lockEmail      = `UPDATE accounts SET acknowledged = acknowledged WHERE user_id = $1 AND deleted = 0 RETURNING handle, COALESCE(email, '')`
	setEmail       = `UPDATE accounts SET email = $2, address = $3 WHERE user_id = $1`
	versionOfUser  = `SELECT version FROM accounts WHERE user_id = $1`
)

// Erasing (erase.go).
const (
	deleteAccount = `UPDATE accounts SET deleted = $2 WHERE user_id = $1 AND deleted = 0 RETURNING version`
	addressOfUser = `SELECT COALESCE(address, '') FROM accounts WHERE user_id = $1`
	emptyAccount  = `UPDATE accounts SET display_name = '', email = NULL, address = NULL, password = NULL WHERE user_id = $1`
	dropGrants    = `DELETE FROM grants WHERE user_id = $1`
	dropSignups   = `DELETE FROM signups WHERE address = $1 OR user_id = $2`
	dropOwnCodes  = `DELETE FROM codes WHERE address = $1 OR subject = $2`
	dropLetters   = `DELETE FROM letters WHERE address = $1`
	keepToken     = `INSERT INTO erased_tokens (token, user_id, at) SELECT token, user_id, $2 FROM sessions WHERE session_id = $1 ON CONFLICT (token) DO NOTHING`
	erasedByToken = `SELECT user_id FROM erased_tokens WHERE token = $1 AND at > $2`
	cleanErased   = `DELETE FROM erased_tokens WHERE at <= $1`
	anyoneNamed   = `SELECT user_id FROM accounts WHERE handle = $1`
)

// Administration (admin.go, office.go, first.go).
const (
	putFirst       = `INSERT INTO secrets (name, value) VALUES ('first administrator', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	takeFirst      = `DELETE FROM secrets WHERE name = 'first administrator' AND value = $1`
	dropFirst      = `DELETE FROM secrets WHERE name = 'first administrator'`
	administrators = `SELECT COUNT(*) FROM grants g JOIN accounts a ON a.user_id = g.user_id WHERE g.name = $1 AND a.deleted = 0`
)
