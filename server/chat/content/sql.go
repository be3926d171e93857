package content

// One text for SQLite, CockroachDB and PostgreSQL. They use columns of the first
// schema only, so that a backup of an earlier one can be checked.
const (
	schema    = `SELECT MAX(version) FROM schema_version`
	epoch     = `SELECT value FROM meta WHERE key = 'epoch'`
	positions = `SELECT topic, part, log_id, pos, published FROM positions p WHERE generation =
  (SELECT MAX(generation) FROM positions q WHERE q.topic = p.topic AND q.part = p.part) ORDER BY topic, part`
	decided = `SELECT pos FROM positions WHERE topic = $1 AND part = $2 AND log_id = $3`
	counts  = `SELECT (SELECT COUNT(*) FROM conversations), (SELECT COUNT(*) FROM members), (SELECT COUNT(*) FROM entries),
  (SELECT COUNT(*) FROM entries WHERE kind = 'message'), (SELECT COUNT(*) FROM outcomes), (SELECT COUNT(*) FROM held),
  (SELECT COUNT(*) FROM blocks), (SELECT COUNT(*) FROM standing)`
	totals = `SELECT COUNT(*), COALESCE(SUM(last_seq), 0), COALESCE(SUM(last_ord), 0), (SELECT COUNT(*) FROM held) FROM conversations`

	standings = `SELECT id, version FROM standing WHERE id > $1 ORDER BY id LIMIT $2`
	told      = `SELECT COUNT(*), COALESCE(SUM(version), 0) FROM standing`
	persons   = `SELECT person FROM members UNION SELECT id FROM standing`
	log       = `SELECT e.conversation, e.seq, e.ord, e.kind, c.last_seq, c.last_ord
  FROM entries e JOIN conversations c ON c.id = e.conversation ORDER BY e.conversation, e.seq`
)

// The step of the schema from which on a conversation that was removed may have rows
// still, until they are cleared.
const removalsSince = 4

// rules count the rows that break what must be so; but excepts what was removed.
var rules = []struct{ what, broken, but string }{
	{"conversations have places and no entry", `SELECT COUNT(*) FROM conversations c WHERE last_seq > 0 AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.conversation = c.id)`, ""},
	{"entries are of no conversation", `SELECT COUNT(*) FROM entries e WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = e.conversation)`,
		` AND e.conversation NOT IN (SELECT conversation FROM removals)`},
	{"members are of no conversation", `SELECT COUNT(*) FROM members m WHERE NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = m.conversation)`,
		` AND m.conversation NOT IN (SELECT conversation FROM removals)`},
	{"marks lie beyond the last entry", `SELECT COUNT(*) FROM members m JOIN conversations c ON c.id = m.conversation
  WHERE m.read_seq > c.last_seq OR m.received_seq > c.last_seq OR m.read_ord > c.last_ord`, ""},
	{"results went out that were not decided", `SELECT COUNT(*) FROM positions WHERE published > pos`, ""},
}
