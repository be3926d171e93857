-- suspended_until: when the suspension ends by itself.
ALTER TABLE accounts ADD COLUMN suspended_until INT8 NOT NULL DEFAULT 0;
CREATE INDEX suspensions_by_end ON accounts (suspended_until) WHERE suspended_until <> 0;
