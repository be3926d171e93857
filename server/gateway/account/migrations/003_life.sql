-- lasting: a bot's token, which ends only when it is revoked.
ALTER TABLE sessions ADD COLUMN lasting INT8 NOT NULL DEFAULT 0;

-- Codes that let people sign up; stored is the code's digest. 0 uses: any number.
CREATE TABLE invites (
    invite_id BYTEA PRIMARY KEY,
    code      BYTEA NOT NULL UNIQUE,
    note      TEXT NOT NULL,
    actor     TEXT NOT NULL,
    uses      INT8 NOT NULL,
    used      INT8 NOT NULL,
    created   INT8 NOT NULL,
    expires   INT8 NOT NULL,
    revoked   INT8 NOT NULL
);

ALTER TABLE signups ADD COLUMN invite BYTEA;

-- Accounts that are being erased, until nothing of them is left.
CREATE TABLE erasures (
    user_id BYTEA PRIMARY KEY,
    since   INT8 NOT NULL
);
