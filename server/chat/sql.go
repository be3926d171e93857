package chat

// Store and position.
const (
	newEpoch = `INSERT INTO meta (key, value) VALUES ('epoch', $1) ON CONFLICT (key) DO NOTHING`
	setEpoch = `UPDATE meta SET value = $1 WHERE key = 'epoch'`

	newestPositions = `SELECT part, log_id, created, pos, published FROM positions p WHERE topic = $1 AND generation =
  (SELECT MAX(generation) FROM positions q WHERE q.topic = p.topic AND q.part = p.part) ORDER BY part`
	newPosition = `INSERT INTO positions (topic, part, log_id, term, audit, pos, published, created, generation)
  VALUES ($1, $2, $3, $4, $5, 0, 0, FALSE, (SELECT COALESCE(MAX(generation), 0) + 1 FROM positions WHERE topic = $1 AND part = $2))`
	markCreated = `UPDATE positions SET created = TRUE WHERE topic = $1 AND part = $2 AND log_id = $3`
	acceptLoss  = `UPDATE positions SET published = pos, audit = $4 WHERE topic = $1 AND part = $2 AND log_id = $3`
	// Places of a log that is gone.
	forgetPlaces = `UPDATE conversations SET pos = 0`
	takeOver     = `UPDATE positions SET term = term + 1 WHERE topic = $1 AND part = $2 AND log_id = $3 RETURNING term, pos, published`
	moveOn       = `UPDATE positions SET pos = $6, published = $7 WHERE topic = $1 AND part = $2 AND log_id = $3 AND term = $4 AND pos = $5`
	positionNow  = `SELECT term, pos FROM positions WHERE topic = $1 AND part = $2 AND log_id = $3`
)

// What is told of accounts.
const (
	setStanding = `INSERT INTO standing (id, version, handle, suspended, deleted, not_before) VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, handle = excluded.handle, suspended = excluded.suspended,
  deleted = excluded.deleted, not_before = excluded.not_before WHERE standing.version < excluded.version`
	clearRevoked = `DELETE FROM revoked WHERE person = $1`
	revoke       = `INSERT INTO revoked (session, person) VALUES ($1, $2) ON CONFLICT (session) DO NOTHING`
)

// What goes with time, and what moved lately.
const (
	oldOutcomes = `DELETE FROM outcomes WHERE at < $1 AND code <> 'action.held'`
	oldReports  = `DELETE FROM reports WHERE closed > 0 AND closed < $1`
	movedSince  = `SELECT id, last_seq FROM conversations WHERE last_at >= $1`
)
