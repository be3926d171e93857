package guard

// The statements, one text for SQLite, CockroachDB and PostgreSQL.
const (
	signInRow      = `SELECT user_id, COALESCE(password, ''), acknowledged FROM accounts WHERE handle = $1 AND deleted = 0`
	rehash         = `UPDATE accounts SET password = $2 WHERE user_id = $1 AND password = $3`
	networkIsKnown = `SELECT session_id FROM sessions WHERE user_id = $1 AND network = $2 LIMIT 1`

	failuresOf    = `SELECT tries, closed FROM failures WHERE lane = $1`
	insertFailure = `INSERT INTO failures (lane, tries, last, closed) VALUES ($1, 1, $2, 0) ON CONFLICT (lane) DO NOTHING`
	raiseFailure  = `UPDATE failures SET tries = tries + 1, last = $3, closed = $4 WHERE lane = $1 AND tries = $2`
	clearLane     = `DELETE FROM failures WHERE lane = $1`
	clearHandle   = `DELETE FROM failures WHERE lane = $1 OR substr(lane, 1, $2) = $3`
	cleanFailures = `DELETE FROM failures WHERE last <= $1 AND lane IN (SELECT lane FROM failures WHERE last <= $1 LIMIT $2)`
)
