-- Edits, deletions, names as they were, and reported messages. Only new columns
-- and tables: code of version 1 goes on working beside it (promises, rule 21).

-- Of an edit or deletion: the message that it changes.
ALTER TABLE entries ADD COLUMN target INT8;
-- Of a message: the latest edit, and the deletion.
ALTER TABLE entries ADD COLUMN edited INT8;
ALTER TABLE entries ADD COLUMN deleted INT8;
CREATE INDEX entries_target ON entries (conversation, target, seq) WHERE target IS NOT NULL;

-- What the group was called when the member left it.
ALTER TABLE members ADD COLUMN end_name TEXT;
UPDATE members SET end_name = (SELECT name FROM conversations WHERE id = conversation) WHERE NOT present;

-- context is a copy, as JSON; closed is 0 while a report is open.
CREATE TABLE reports (
	number       INT8  NOT NULL PRIMARY KEY,
	conversation BYTEA NOT NULL,
	seq          INT8  NOT NULL,
	reporter     BYTEA NOT NULL,
	reported     BYTEA NOT NULL,
	words        TEXT  NOT NULL,
	at           INT8  NOT NULL,
	closed       INT8  NOT NULL,
	context      BYTEA NOT NULL
);
CREATE INDEX reports_message ON reports (conversation, seq, reporter);
CREATE INDEX reports_closed ON reports (closed);
