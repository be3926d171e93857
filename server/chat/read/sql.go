package read

const epoch = `SELECT value FROM meta WHERE key = 'epoch'`

const personVersion = `SELECT version FROM persons WHERE id = $1`

const standingVersion = `SELECT version FROM standing WHERE id = $1`

// What scanHead reads, for the members m of a person with their conversations c.
const headColumns = `SELECT c.id, c.kind, CASE WHEN m.present THEN c.name ELSE COALESCE(m.end_name, c.name) END,
  COALESCE((SELECT s.handle FROM standing s WHERE s.id = CASE WHEN c.person_a = m.person THEN c.person_b ELSE c.person_a END), ''),
  c.last_seq, c.last_ord, c.last_at, m.read_seq, m.read_ord, m.received_seq,
  (SELECT count(*) FROM mentions x WHERE x.person = m.person AND x.conversation = m.conversation AND x.seq > m.read_seq AND x.seq > c.purged),
  m.member, m.role, m.present, m.end_seq, m.end_ord, m.end_at, m.version
  FROM members m JOIN conversations c ON c.id = m.conversation WHERE m.person = $1`

const (
	heads        = headColumns + ` AND m.conversation > $2 ORDER BY m.conversation LIMIT $3`
	head         = headColumns + ` AND m.conversation = $2 LIMIT $3`
	headsChanged = headColumns + ` AND m.version > $2 ORDER BY m.version LIMIT $3`
)

const blocksChanged = `SELECT COALESCE((SELECT handle FROM standing WHERE id = b.blocked), ''), b.active, b.version
  FROM blocks b WHERE b.person = $1 AND b.version > $2 ORDER BY b.version LIMIT $3`

const blocksActive = `SELECT s.handle FROM blocks b JOIN standing s ON s.id = b.blocked
  WHERE b.person = $1 AND b.active AND s.handle > $2 ORDER BY s.handle LIMIT $3`

// Whether a person is in a conversation, and where what they may see ends.
const seat = `SELECT m.present, CASE WHEN m.present THEN c.last_seq ELSE m.end_seq END
  FROM members m JOIN conversations c ON c.id = m.conversation WHERE m.conversation = $1 AND m.person = $2`

const spans = `SELECT from_seq, to_seq FROM intervals WHERE conversation = $1 AND person = $2 ORDER BY from_seq`

// Up to where the entries of a conversation have no text: all of one that was removed.
const purgedUpTo = `COALESCE((SELECT c.purged FROM conversations c WHERE c.id = conversation), 9007199254740991)`

// What scanEntry reads.
const entryColumns = `SELECT seq, ord, kind, member, id, at, body, ` + purgedUpTo + ` FROM entries WHERE conversation = $1`

const entriesUp = entryColumns + ` AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4`

// Whether an entry x lies in an interval of the person $5.
const seen = ` EXISTS (SELECT 1 FROM intervals i WHERE i.conversation = m.conversation AND i.person = $5 AND i.from_seq <= x.seq AND i.to_seq >= x.seq)`

// What scanMessage reads: a message with its latest edit and its deletion, each
// only if the reader $5 may see that entry.
const messageColumns = `SELECT m.seq, m.ord, m.kind, m.member, m.id, m.at, m.body, COALESCE(m.deleted, (SELECT c.purged + 1 FROM conversations c WHERE c.id = m.conversation AND c.purged >= m.seq), 0),
  COALESCE((SELECT MAX(x.seq) FROM entries x WHERE m.edited IS NOT NULL AND x.conversation = m.conversation AND x.target = m.seq AND x.kind = 'edit' AND` + seen + `), 0),
  (SELECT x.body FROM entries x WHERE m.edited IS NOT NULL AND x.conversation = m.conversation AND x.target = m.seq AND x.kind = 'edit' AND` + seen + ` ORDER BY x.seq DESC LIMIT 1),
  (SELECT x.member FROM entries x WHERE x.conversation = m.conversation AND x.seq = m.deleted AND` + seen + `)`

const messages = messageColumns + ` FROM entries m WHERE m.conversation = $1 AND m.kind = 'message'`

const (
	messagesUp   = messages + ` AND m.seq > $2 AND m.seq <= $3 ORDER BY m.seq LIMIT $4`
	messagesDown = messages + ` AND m.seq > $2 AND m.seq < $3 ORDER BY m.seq DESC LIMIT $4`
)

// Messages on both sides of the seq $2, with the handles of their senders, of
// those that the reader $5 may see; $4 is the number on one side.
const (
	copied = messageColumns + `, COALESCE((SELECT s.handle FROM standing s WHERE s.id = m.sender), '') FROM entries m
  WHERE m.conversation = $1 AND m.kind = 'message' AND EXISTS
  (SELECT 1 FROM intervals i WHERE i.conversation = m.conversation AND i.person = $5 AND i.from_seq <= m.seq AND i.to_seq >= m.seq)`
	copiedUp   = copied + ` AND m.seq >= $2 AND m.seq < $3 ORDER BY m.seq LIMIT $4`
	copiedDown = copied + ` AND m.seq > $2 AND m.seq < $3 ORDER BY m.seq DESC LIMIT $4`

	bodyOf     = `SELECT body FROM entries WHERE conversation = $1 AND seq = $2`
	versionsOf = `SELECT x.body FROM entries x WHERE x.conversation = $1 AND x.target = $2 AND x.kind = 'edit' AND EXISTS
  (SELECT 1 FROM intervals i WHERE i.conversation = x.conversation AND i.person = $3 AND i.from_seq <= x.seq AND i.to_seq >= x.seq)
  ORDER BY x.seq DESC LIMIT $4`
)

const reportColumns = `SELECT number, conversation, seq, COALESCE((SELECT handle FROM standing WHERE id = reporter), ''),
  COALESCE((SELECT handle FROM standing WHERE id = reported), ''), words, at, closed`

const (
	reportsAll  = reportColumns + ` FROM reports WHERE number > $1 ORDER BY number LIMIT $2`
	reportsOpen = reportColumns + ` FROM reports WHERE number > $1 AND closed = 0 ORDER BY number LIMIT $2`
	reportOf    = reportColumns + `, context FROM reports WHERE number = $1`
)

const lastSeq = `SELECT last_seq FROM conversations WHERE id = $1`

const directPeople = `SELECT person FROM members WHERE conversation = $1`

const personOf = `SELECT person FROM members WHERE conversation = $1 AND member = $2`

// Members as they stood just after seq $4, of those who were there while the
// reader $5 could see it. What begins at 0 is no membership.
const membersOf = `SELECT m.member, COALESCE((SELECT handle FROM standing WHERE id = m.person), ''), m.role,
  EXISTS (SELECT 1 FROM intervals i WHERE i.conversation = m.conversation AND i.person = m.person AND i.from_seq > 0 AND i.from_seq <= $4 AND i.to_seq > $4),
  m.read_seq, m.received_seq, (SELECT members FROM conversations WHERE id = m.conversation)
  FROM members m WHERE m.conversation = $1 AND m.member > $2
  AND EXISTS (SELECT 1 FROM intervals i JOIN intervals o ON o.conversation = i.conversation AND o.person = $5 AND o.from_seq <= i.to_seq AND o.to_seq >= i.from_seq
    WHERE i.conversation = m.conversation AND i.person = m.person AND i.from_seq > 0)
  ORDER BY m.member LIMIT $3`

const entryOf = `SELECT conversation, seq, ord, kind, member, at, body, hash, ` + purgedUpTo + ` FROM entries WHERE id = $1 AND sender = $2`

const outcomeRow = `SELECT hash, code, reason, conversation, at FROM outcomes WHERE id = $1 AND sender = $2`

const heldCount = `SELECT count(*) FROM held`

// What scanHeld reads.
const heldColumns = `SELECT number, topic, part, place, sender, action, conversation, cause, at FROM held`

const (
	heldAfter = heldColumns + ` WHERE number > $1 ORDER BY number LIMIT $2`
	// With their bytes, where they have no sender.
	heldAt = `SELECT number, topic, part, place, cause, at, record FROM held WHERE topic = $1 AND part = $2 AND place = $3 AND sender IS NULL ORDER BY number`
	heldOf = heldColumns + ` WHERE action = $1 AND sender = $2 ORDER BY number LIMIT 1`
)

// Whose action has an outcome, and where the latest entry of a conversation lies on the log.
const (
	sendersOf   = `SELECT sender FROM entries WHERE id = $1 UNION SELECT sender FROM outcomes WHERE id = $1 ORDER BY sender LIMIT $2`
	handleOf    = `SELECT handle FROM standing WHERE id = $1`
	placeOfLast = `SELECT pos FROM conversations WHERE id = $1 AND last_seq = $2`
)

// Who may read the entry $2, and who has.
const (
	entitled = ` FROM members m WHERE m.conversation = $1 AND EXISTS (SELECT 1 FROM intervals i
  WHERE i.conversation = m.conversation AND i.person = m.person AND i.from_seq <= $2 AND i.to_seq >= $2)`
	reachCounts = `SELECT count(*), count(CASE WHEN m.received_seq >= $2 OR m.read_seq >= $2 THEN 1 END),
  count(CASE WHEN m.read_seq >= $2 THEN 1 END)` + entitled
	reachMembers = `SELECT m.member, m.person, COALESCE((SELECT s.handle FROM standing s WHERE s.id = m.person), ''),
  m.received_seq >= $2 OR m.read_seq >= $2, m.read_seq >= $2` + entitled + ` ORDER BY m.received_seq, m.member LIMIT $3`
)

// Whether the person $1 is nobody, and conversation $2 was never begun, or is one of $3 with an account that is deleted.
const peerIsGone = `SELECT NOT EXISTS (SELECT 1 FROM standing WHERE id = $1)
  AND NOT EXISTS (SELECT 1 FROM conversations c WHERE c.id = $2
    AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.id IN (c.person_a, c.person_b) AND s.id <> $3 AND s.deleted))`

// What scanConversation reads.
const conversationColumns = `SELECT c.id, c.kind, c.name, c.history, COALESCE((SELECT s.handle FROM standing s WHERE s.id = c.person_a), ''),
  COALESCE((SELECT s.handle FROM standing s WHERE s.id = c.person_b), ''), c.members, c.last_seq, c.last_ord, c.last_at FROM conversations c`

const (
	conversation    = conversationColumns + ` WHERE c.id = $1`
	conversations   = conversationColumns + ` WHERE c.id > $1 AND (c.kind = $3 OR $3 = '') AND (c.name = $4 OR $4 = '') ORDER BY c.id LIMIT $2`
	conversationsOf = conversationColumns + ` JOIN members m ON m.conversation = c.id
  WHERE c.id > $1 AND (c.kind = $3 OR $3 = '') AND (c.name = $4 OR $4 = '') AND m.person = $5 AND m.present ORDER BY c.id LIMIT $2`
)

const seatsOf = `SELECT m.member, m.person, COALESCE((SELECT s.handle FROM standing s WHERE s.id = m.person), ''), m.role, m.present,
  (SELECT MAX(i.from_seq) FROM intervals i WHERE i.conversation = m.conversation AND i.person = m.person),
  m.read_seq, m.received_seq FROM members m WHERE m.conversation = $1 AND m.member > $2 ORDER BY m.member LIMIT $3`

// The member id of person $2, if others may see there that they type.
const typist = `SELECT m.member FROM members m JOIN conversations c ON c.id = m.conversation
  WHERE m.conversation = $1 AND m.person = $2 AND m.present AND c.members <= $3
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = c.person_a AND blocked = c.person_b AND active)
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = c.person_b AND blocked = c.person_a AND active)
  AND NOT EXISTS (SELECT 1 FROM standing WHERE id = c.person_a AND (suspended OR deleted))
  AND NOT EXISTS (SELECT 1 FROM standing WHERE id = c.person_b AND (suspended OR deleted))`

const acquainted = `SELECT NOT EXISTS (SELECT 1 FROM blocks WHERE person = $1 AND blocked = $2 AND active)
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE person = $2 AND blocked = $1 AND active)
  AND NOT EXISTS (SELECT 1 FROM standing WHERE id = $2 AND (suspended OR deleted))
  AND EXISTS (SELECT 1 FROM members a JOIN members b ON b.conversation = a.conversation AND b.person = $2 AND b.present
    WHERE a.person = $1 AND a.present)`
