-- Conversations that are nobody's any more and have rows still. Their row of
-- conversations is gone. Those of earlier times are found here: nobody who ever was
-- in them has an account. Only a new table (promises, rule 21).
CREATE TABLE removals (
	conversation BYTEA NOT NULL PRIMARY KEY
);
INSERT INTO removals (conversation) SELECT c.id FROM conversations c WHERE NOT EXISTS
  (SELECT 1 FROM members m WHERE m.conversation = c.id AND NOT EXISTS (SELECT 1 FROM standing s WHERE s.id = m.person AND s.deleted));
DELETE FROM conversations WHERE id IN (SELECT conversation FROM removals);
