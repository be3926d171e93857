-- Messages and edits up to purged have no text for anybody, from the purge on; the
-- rows up to cleared have lost theirs. Only new columns (promises, rule 21).
ALTER TABLE conversations ADD COLUMN purged INT8 NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN cleared INT8 NOT NULL DEFAULT 0;
CREATE INDEX conversations_purging ON conversations (id) WHERE cleared < purged;
