-- resuming: the version that ended the account's suspension, until chat has
-- applied it; 0 for none. Until then the gateway refuses as chat does.
ALTER TABLE accounts ADD COLUMN resuming INT8 NOT NULL DEFAULT 0;
CREATE INDEX accounts_resuming ON accounts (user_id) WHERE resuming <> 0;
