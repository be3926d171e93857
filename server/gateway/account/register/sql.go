package register

// The statements, one text for SQLite, CockroachDB and PostgreSQL.
const (
	takeHandle    = `INSERT INTO handles (handle, taken) VALUES ($1, $2) ON CONFLICT (handle) DO NOTHING`
	handleIsTaken = `SELECT taken FROM handles WHERE handle = $1`

	insertAccount = `INSERT INTO accounts (user_id, handle, display_name, email, address, password, version, not_before,
		created, suspended, deleted, acknowledged, throwaway) VALUES ($1, $2, $3, $4, $5, $6, 1, 0, $7, 0, 0, 0, $8)`
	userOfHandle    = `SELECT user_id FROM accounts WHERE handle = $1 AND deleted = 0`
	anyoneNamed     = `SELECT user_id FROM accounts WHERE handle = $1`
	handleOfAddress = `SELECT handle FROM accounts WHERE address = $1`
	accountOfUser   = `SELECT handle, display_name, COALESCE(email, ''), version, suspended, suspended_until, deleted, created FROM accounts WHERE user_id = $1`
	grantsOfUser    = `SELECT name FROM grants WHERE user_id = $1 ORDER BY name`
)
