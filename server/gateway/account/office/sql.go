package office

// The statements, one text for SQLite, CockroachDB and PostgreSQL.
const (
	// By handle after one; each of the other parameters that is not empty keeps fewer.
	accountsAfter = `SELECT user_id FROM accounts WHERE handle > $1
		AND ($3 = '' OR handle LIKE $3 ESCAPE '\' OR address LIKE $3 ESCAPE '\')
		AND ($4 = '' OR $4 = CASE WHEN deleted <> 0 THEN 'deleted' WHEN suspended <> 0 THEN 'suspended' ELSE 'active' END)
		AND ($5 = '' OR EXISTS (SELECT 1 FROM grants g WHERE g.user_id = accounts.user_id AND g.name = $5))
		AND ($6 = 0 OR EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = accounts.user_id
			AND s.lasting <> 0 AND s.revoked = 0 AND s.since >= accounts.not_before))
		ORDER BY handle LIMIT $2`
	addressOfUser = `SELECT COALESCE(address, '') FROM accounts WHERE user_id = $1`
	setPassword   = `UPDATE accounts SET password = $2 WHERE user_id = $1`

	insertGrant = `INSERT INTO grants (user_id, name, since) VALUES ($1, $2, $3) ON CONFLICT (user_id, name) DO NOTHING`
	deleteGrant = `DELETE FROM grants WHERE user_id = $1 AND name = $2`

	putFirst       = `INSERT INTO secrets (name, value) VALUES ('first administrator', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	takeFirst      = `DELETE FROM secrets WHERE name = 'first administrator' AND value = $1`
	dropFirst      = `DELETE FROM secrets WHERE name = 'first administrator'`
	administrators = `SELECT COUNT(*) FROM grants g JOIN accounts a ON a.user_id = g.user_id WHERE g.name = $1 AND a.deleted = 0`
)
