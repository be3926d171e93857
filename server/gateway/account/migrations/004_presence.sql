-- hidden: others do not see whether the person is connected or types.
ALTER TABLE accounts ADD COLUMN hidden INT8 NOT NULL DEFAULT 0;
