-- Ids are 16 bytes. What must be atomic with a conversation lies in its own
-- partition; persons, standing and revoked are shared and only need to be visible.

CREATE TABLE meta (
	key   TEXT  NOT NULL PRIMARY KEY,
	value BYTEA NOT NULL
);

-- The fence and the place of each log (promises, rule 6). The row of the highest
-- generation is the log that is open now.
CREATE TABLE positions (
	topic      TEXT    NOT NULL,
	part       INT8    NOT NULL,
	log_id     TEXT    NOT NULL,
	generation INT8    NOT NULL,
	term       INT8    NOT NULL,
	pos        INT8    NOT NULL,
	published  INT8    NOT NULL,
	created    BOOLEAN NOT NULL,
	audit      TEXT    NOT NULL,
	PRIMARY KEY (topic, part, log_id)
);

-- A direct conversation names its two people, so that blocks and standing are
-- checked without its members. pos is the log's place of the last change.
CREATE TABLE conversations (
	id       BYTEA NOT NULL PRIMARY KEY,
	kind     TEXT  NOT NULL,
	name     TEXT  NOT NULL,
	history  TEXT  NOT NULL,
	person_a BYTEA,
	person_b BYTEA,
	members  INT8  NOT NULL,
	joins    INT8  NOT NULL,
	last_seq INT8  NOT NULL,
	last_ord INT8  NOT NULL,
	last_at  INT8  NOT NULL,
	pos      INT8  NOT NULL
);

-- member, the id that others see, is kept over rejoining. end_* is where the
-- last interval of one who left ends.
CREATE TABLE members (
	conversation BYTEA   NOT NULL,
	person       BYTEA   NOT NULL,
	member       BYTEA   NOT NULL,
	role         TEXT    NOT NULL,
	present      BOOLEAN NOT NULL,
	joined       INT8    NOT NULL,
	read_seq     INT8    NOT NULL,
	read_ord     INT8    NOT NULL,
	received_seq INT8    NOT NULL,
	end_seq      INT8    NOT NULL,
	end_ord      INT8    NOT NULL,
	end_at       INT8    NOT NULL,
	version      INT8    NOT NULL,
	PRIMARY KEY (conversation, person),
	UNIQUE (conversation, member)
);
CREATE INDEX members_person ON members (person, conversation);
CREATE INDEX members_version ON members (person, version);

-- What a person may read; to_seq of one who is present is 2^53 - 1.
CREATE TABLE intervals (
	conversation BYTEA NOT NULL,
	person       BYTEA NOT NULL,
	from_seq     INT8  NOT NULL,
	to_seq       INT8  NOT NULL,
	PRIMARY KEY (conversation, person, from_seq)
);

-- An entry is its own outcome (promises, rule 2). Without a primary key rows are
-- only appended, and UUIDv7 first keeps the second index at its right edge.
CREATE TABLE entries (
	conversation BYTEA NOT NULL,
	seq          INT8  NOT NULL,
	ord          INT8  NOT NULL,
	kind         TEXT  NOT NULL,
	id           BYTEA NOT NULL,
	sender       BYTEA NOT NULL,
	member       BYTEA NOT NULL,
	hash         BYTEA NOT NULL,
	at           INT8  NOT NULL,
	body         BYTEA NOT NULL,
	UNIQUE (conversation, seq),
	UNIQUE (id, sender)
);

CREATE TABLE mentions (
	person       BYTEA NOT NULL,
	conversation BYTEA NOT NULL,
	seq          INT8  NOT NULL,
	PRIMARY KEY (person, conversation, seq)
);

-- Every outcome that is no entry, refusals included.
CREATE TABLE outcomes (
	id           BYTEA NOT NULL,
	sender       BYTEA NOT NULL,
	hash         BYTEA NOT NULL,
	code         TEXT  NOT NULL,
	reason       TEXT  NOT NULL,
	conversation BYTEA NOT NULL,
	at           INT8  NOT NULL,
	PRIMARY KEY (id, sender)
);
CREATE INDEX outcomes_at ON outcomes (at);

CREATE TABLE held (
	number       INT8  NOT NULL PRIMARY KEY,
	topic        TEXT  NOT NULL,
	part         INT8  NOT NULL,
	log_id       TEXT  NOT NULL,
	place        INT8  NOT NULL,
	sender       BYTEA,
	action       BYTEA,
	conversation BYTEA,
	cause        TEXT  NOT NULL,
	at           INT8  NOT NULL,
	record       BYTEA NOT NULL
);
CREATE INDEX held_action ON held (action, sender);
CREATE INDEX held_place ON held (log_id, place);

CREATE TABLE persons (
	id      BYTEA NOT NULL PRIMARY KEY,
	version INT8  NOT NULL
);

CREATE TABLE blocks (
	person  BYTEA   NOT NULL,
	blocked BYTEA   NOT NULL,
	active  BOOLEAN NOT NULL,
	version INT8    NOT NULL,
	PRIMARY KEY (person, blocked)
);
CREATE INDEX blocks_version ON blocks (person, version);

-- Accounts as the gateway told them.
CREATE TABLE standing (
	id         BYTEA   NOT NULL PRIMARY KEY,
	version    INT8    NOT NULL,
	handle     TEXT    NOT NULL,
	suspended  BOOLEAN NOT NULL,
	deleted    BOOLEAN NOT NULL,
	not_before INT8    NOT NULL
);

CREATE TABLE revoked (
	session BYTEA NOT NULL PRIMARY KEY,
	person  BYTEA NOT NULL
);
CREATE INDEX revoked_person ON revoked (person);
