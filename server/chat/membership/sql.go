package membership

const (
	conversationNow = `SELECT kind, history, person_a, person_b, members FROM conversations WHERE id = $1`
	seatNow         = `SELECT member, role, present FROM members WHERE conversation = $1 AND person = $2`
	seatOfMember    = `SELECT person, role, present FROM members WHERE conversation = $1 AND member = $2`
	ownerNow        = `SELECT person, member FROM members WHERE conversation = $1 AND role = 'owner' AND present`
	eldest          = `SELECT person, member FROM members WHERE conversation = $1 AND person <> $2 AND present
  ORDER BY CASE role WHEN 'admin' THEN 0 ELSE 1 END, joined LIMIT 1`
	// member is kept over rejoining; joining sets the marks to the join.
	join = `INSERT INTO members (conversation, person, member, role, present, joined, read_seq, read_ord, received_seq, end_seq, end_ord, end_at, version)
  VALUES ($1, $2, $3, $4, TRUE, $5, $6, $7, $6, 0, 0, 0, $8)
  ON CONFLICT (conversation, person) DO UPDATE SET role = excluded.role, present = TRUE, joined = excluded.joined, read_seq = excluded.read_seq,
  read_ord = excluded.read_ord, received_seq = excluded.received_seq, end_seq = 0, end_ord = 0, end_at = 0, version = excluded.version RETURNING member`
	openInterval = `INSERT INTO intervals (conversation, person, from_seq, to_seq) VALUES ($1, $2, $3, 9007199254740991)`
	// What was before one's time has a row of its own, from 0 on: no membership begins there.
	openPast = `INSERT INTO intervals (conversation, person, from_seq, to_seq) VALUES ($1, $2, 0, $3)
  ON CONFLICT (conversation, person, from_seq) DO UPDATE SET to_seq = excluded.to_seq`
	depart = `UPDATE members SET present = FALSE, role = 'member', end_seq = $3, end_ord = $4, end_at = $5, version = $6,
  end_name = (SELECT name FROM conversations WHERE id = $1) WHERE conversation = $1 AND person = $2`
	closeInterval = `UPDATE intervals SET to_seq = $3 WHERE conversation = $1 AND person = $2 AND to_seq = 9007199254740991`
	setRole       = `UPDATE members SET role = $3, version = $4 WHERE conversation = $1 AND person = $2`
	touch         = `UPDATE members SET version = $3 WHERE conversation = $1 AND person = $2`
	raiseVersion  = `INSERT INTO persons (id, version) VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET version = persons.version + 1 RETURNING version`
)
