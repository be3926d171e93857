-- The session that asked for an account's erasure, for a day: its row is gone
-- when the call is repeated, which is answered the same.
CREATE TABLE erased_tokens (
    token   BYTEA PRIMARY KEY,
    user_id BYTEA NOT NULL,
    at      INT8 NOT NULL
);
