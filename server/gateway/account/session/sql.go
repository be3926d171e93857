package session

// The statements, one text for SQLite, CockroachDB and PostgreSQL. A session is
// alive while it is not revoked and, if it is no lasting one, used within the
// idle life and younger than the absolute life.
const (
	// Locks the row against a revocation that raises the version meanwhile.
	beginSession  = `UPDATE accounts SET acknowledged = acknowledged WHERE user_id = $1 AND deleted = 0 RETURNING version, suspended, suspended_until, resuming`
	insertSession = `INSERT INTO sessions (session_id, user_id, token, name, network, since, created, last_used, revoked, lasting)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 0, $8)`
	deleteSession  = `DELETE FROM sessions WHERE session_id = $1`
	sessionColumns = `SELECT s.session_id, s.user_id, s.since, s.created, s.last_used, s.revoked, s.lasting,
		a.handle, a.suspended, a.suspended_until, a.resuming, a.deleted, a.not_before, a.throwaway
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
	cleanSessions = `DELETE FROM sessions WHERE session_id IN (SELECT session_id FROM sessions s WHERE lasting = 0 AND (last_used <= $1 OR created <= $2)
		OR lasting <> 0 AND revoked <> 0 AND revoked <= $1
		OR lasting <> 0 AND since < (SELECT not_before FROM accounts a WHERE a.user_id = s.user_id) LIMIT $3)`

	insertTicket = `INSERT INTO tickets (ticket, session_id, expires) VALUES ($1, $2, $3)`
	takeTicket   = `DELETE FROM tickets WHERE ticket = $1 RETURNING session_id, expires`
	cleanTickets = `DELETE FROM tickets WHERE ticket IN (SELECT ticket FROM tickets WHERE expires <= $1 LIMIT $2)`

	erasedByToken = `SELECT user_id FROM erased_tokens WHERE token = $1 AND at > $2`
	keepToken     = `INSERT INTO erased_tokens (token, user_id, at) SELECT token, user_id, $2 FROM sessions WHERE session_id = $1 ON CONFLICT (token) DO NOTHING`
	cleanErased   = `DELETE FROM erased_tokens WHERE token IN (SELECT token FROM erased_tokens WHERE at <= $1 LIMIT $2)`
)
