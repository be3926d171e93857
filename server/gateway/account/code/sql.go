package code

// The statements, one text for SQLite, CockroachDB and PostgreSQL.
const (
	insertCode = `INSERT INTO codes (code_id, address, purpose, subject, code, expires, tries, used) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`
	tryCodes   = `UPDATE codes SET tries = tries + 1 WHERE address = $1 AND purpose = $2 AND used = 0 AND tries < $3 AND expires > $4
		RETURNING code_id, subject, code`
	takeCode      = `UPDATE codes SET used = $2 WHERE code_id = $1 AND used = 0`
	closeCodes    = `UPDATE codes SET used = $3 WHERE address = $1 AND purpose = $2 AND used = 0`
	closeOwnCodes = `UPDATE codes SET used = $2 WHERE subject = $1 AND used = 0`
	reopenCode    = `UPDATE codes SET used = 0, tries = tries - 1 WHERE code_id = $1`
	cleanCodes    = `DELETE FROM codes WHERE code_id IN (SELECT code_id FROM codes WHERE expires <= $1 LIMIT $2)`

	ownerOfAddress = `SELECT user_id, handle, email FROM accounts WHERE address = $1 AND deleted = 0`

	countLetter = `INSERT INTO letters (address, started, sent) VALUES ($1, $2, 1) ON CONFLICT (address) DO UPDATE SET
		started = CASE WHEN letters.started <= $3 THEN excluded.started ELSE letters.started END,
		sent = CASE WHEN letters.started <= $3 THEN 1 ELSE letters.sent + 1 END RETURNING started, sent`
	// Asked twice: one that is counted anew meanwhile stays.
	cleanLetters = `DELETE FROM letters WHERE started <= $1 AND address IN (SELECT address FROM letters WHERE started <= $1 LIMIT $2)`
)
