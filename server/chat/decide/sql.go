package decide

// The hot path: takes the next place for a message of person $2 if everything
// allows it, and says nothing of why not (promises, rules 2, 4 and 16). Times do
// not go back for clock steps up to 5 s (rule 15).
const takeMessagePlace = `UPDATE conversations SET last_seq = last_seq + 1, last_ord = last_ord + 1,
  last_at = CASE WHEN last_at > $6 AND last_at <= $6 + 5000 THEN last_at ELSE $6 END, pos = $7
  WHERE id = $1
  AND EXISTS (SELECT 1 FROM members WHERE conversation = $1 AND person = $2 AND present)
  AND EXISTS (SELECT 1 FROM standing WHERE id = $2 AND NOT suspended AND NOT deleted AND not_before <= $5)
  AND NOT EXISTS (SELECT 1 FROM revoked WHERE session = $4)
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = person_a AND blocked = person_b AND active)
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = person_b AND blocked = person_a AND active)
  AND NOT EXISTS (SELECT 1 FROM standing WHERE id = person_a AND (suspended OR deleted))
  AND NOT EXISTS (SELECT 1 FROM standing WHERE id = person_b AND (suspended OR deleted))
  AND NOT EXISTS (SELECT 1 FROM entries WHERE id = $3 AND sender = $2)
  AND NOT EXISTS (SELECT 1 FROM outcomes WHERE id = $3 AND sender = $2)
  RETURNING last_seq, last_ord, last_at`

// The next place for a change of membership, which was checked before.
const takePlace = `UPDATE conversations SET last_seq = last_seq + 1, members = members + $4, joins = joins + $5,
  last_at = CASE WHEN last_at > $2 AND last_at <= $2 + 5000 THEN last_at ELSE $2 END, pos = $3
  WHERE id = $1 RETURNING last_seq, last_ord, last_at, joins`

// Only for Faults.SkipSeq.
const losePlace = `UPDATE conversations SET last_seq = last_seq + 1 WHERE id = $1`

const (
	insertEntry = `INSERT INTO entries (conversation, seq, ord, kind, id, sender, hash, at, body, target, member)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, COALESCE((SELECT member FROM members WHERE conversation = $1 AND person = $6), $11)) RETURNING member`
	insertMention = `INSERT INTO mentions (person, conversation, seq) VALUES ($1, $2, $3)`
	readable      = `SELECT count(*) FROM entries e WHERE conversation = $1 AND seq = $3 AND kind = 'message' AND EXISTS
  (SELECT 1 FROM intervals i WHERE i.conversation = e.conversation AND i.person = $2 AND i.from_seq <= e.seq AND i.to_seq >= e.seq)`
	// A person's own message counts as read.
	ownRead = `UPDATE members SET read_seq = $3, read_ord = $4, received_seq = CASE WHEN received_seq > $3 THEN received_seq ELSE $3 END
  WHERE conversation = $1 AND person = $2 AND read_seq < $3`
)

// Edits, deletions and reports.
const (
	targetNow = `SELECT sender, at, COALESCE(edited, 0),
  COALESCE(deleted, (SELECT purged + 1 FROM conversations WHERE id = $1 AND purged >= $3), 0), body FROM entries e
  WHERE conversation = $1 AND seq = $3 AND kind = 'message' AND EXISTS
  (SELECT 1 FROM intervals i WHERE i.conversation = e.conversation AND i.person = $2 AND i.from_seq <= e.seq AND i.to_seq >= e.seq)`
	bodyAt       = `SELECT body FROM entries WHERE conversation = $1 AND seq = $2`
	setEdited    = `UPDATE entries SET edited = $3 WHERE conversation = $1 AND seq = $2`
	setDeleted   = `UPDATE entries SET deleted = $3, body = $4 WHERE conversation = $1 AND seq = $2`
	clearMention = `DELETE FROM mentions WHERE person = $1 AND conversation = $2
  AND (seq = $3 OR seq IN (SELECT seq FROM entries WHERE conversation = $2 AND target = $3))`

	isReported   = `SELECT count(*) FROM reports WHERE conversation = $1 AND seq = $2 AND reporter = $3 AND closed = 0`
	insertReport = `INSERT INTO reports (number, conversation, seq, reporter, reported, words, at, closed, context)
  VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM reports), $1, $2, $3, $4, $5, $6, 0, $7)`
	endReport = `UPDATE reports SET closed = $3 WHERE number = $1 AND conversation = $2 AND closed = 0`
)

// Outcomes that are no entry, and held records.
const (
	insertOutcome = `INSERT INTO outcomes (id, sender, hash, code, reason, conversation, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	unhold        = `DELETE FROM outcomes WHERE id = $1 AND sender = $2 AND code = 'action.held' AND conversation = $3`
	refuseHeld    = `UPDATE outcomes SET code = 'refused', reason = 'dropped', at = $4 WHERE id = $1 AND sender = $2 AND code = 'action.held' AND conversation = $3`
)

// Conversations and members.
const (
	insertConversation = `INSERT INTO conversations (id, kind, name, history, person_a, person_b, members, joins, last_seq, last_ord, last_at, pos)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, 0, $9, $10)`
	setName = `UPDATE conversations SET name = $2 WHERE id = $1`
)

// Marks.
const (
	marksNow = `SELECT m.member, m.present, m.read_seq, m.read_ord, m.received_seq, CASE WHEN m.present THEN c.last_seq ELSE m.end_seq END, c.members
  FROM members m JOIN conversations c ON c.id = m.conversation WHERE m.conversation = $1 AND m.person = $2`
	ordAt    = `SELECT ord FROM entries WHERE conversation = $1 AND seq = $2`
	setMarks = `UPDATE members SET read_seq = $3, read_ord = $4, received_seq = $5, version = $6 WHERE conversation = $1 AND person = $2`
)

// Persons, blocks and accounts.
const (
	blockNow = `SELECT active FROM blocks WHERE person = $1 AND blocked = $2`
	setBlock = `INSERT INTO blocks (person, blocked, active, version) VALUES ($1, $2, $3, $4)
  ON CONFLICT (person, blocked) DO UPDATE SET active = excluded.active, version = excluded.version`
	standingNow = `SELECT suspended, deleted, not_before, (SELECT count(*) FROM revoked WHERE session = $2) FROM standing WHERE id = $1`
)
