package standing

// The statements, one text for SQLite, CockroachDB and PostgreSQL.
const (
	raiseVersion  = `UPDATE accounts SET version = version + 1 WHERE user_id = $1 RETURNING version`
	versionOfUser = `SELECT version FROM accounts WHERE user_id = $1`
	markToPublish = `INSERT INTO to_publish (user_id, version) VALUES ($1, $2)
		ON CONFLICT (user_id) DO UPDATE SET version = excluded.version WHERE excluded.version > to_publish.version`

	dueToPublish = `SELECT user_id FROM to_publish ORDER BY user_id LIMIT $1`
	published    = `DELETE FROM to_publish WHERE user_id = $1 AND version <= $2`
	standingRow  = `SELECT handle, version, not_before, suspended, deleted FROM accounts WHERE user_id = $1`
	revokedAlive = `SELECT session_id FROM sessions WHERE user_id = $1 AND revoked <> 0 AND (lasting <> 0 OR last_used > $2 AND created > $3) AND since >= $4
		ORDER BY session_id`
)
