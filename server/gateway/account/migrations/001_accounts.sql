-- Times are milliseconds since 1970, 0 for never. Ids and digests are bytes.

-- Made once with the database: keys of pseudo-ids and codes.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Every handle that was ever given out: never again, also after erasure, which
-- takes the account's own handle away.
CREATE TABLE handles (
    handle TEXT PRIMARY KEY,
    taken  INT8 NOT NULL
);

-- version rises with each change of the row, of its sessions or its grants.
-- Sessions begun at a version below not_before are ended. acknowledged: chat
-- has had the account's standing once. throwaway: made for a load test.
CREATE TABLE accounts (
    user_id      BYTEA PRIMARY KEY,
    handle       TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email        TEXT,
    address      TEXT UNIQUE,
    password     TEXT,
    version      INT8 NOT NULL,
    not_before   INT8 NOT NULL,
    created      INT8 NOT NULL,
    suspended    INT8 NOT NULL,
    deleted      INT8 NOT NULL,
    acknowledged INT8 NOT NULL,
    throwaway    INT8 NOT NULL
);

-- Accounts whose standing chat must be told; the row goes when it was.
CREATE TABLE to_publish (
    user_id BYTEA PRIMARY KEY,
    version INT8 NOT NULL
);

CREATE TABLE grants (
    user_id BYTEA NOT NULL,
    name    TEXT NOT NULL,
    since   INT8 NOT NULL,
    PRIMARY KEY (user_id, name)
);

-- since is the account's version when the session began. network is a keyed
-- digest of where it was signed in from, no address.
CREATE TABLE sessions (
    session_id BYTEA PRIMARY KEY,
    user_id    BYTEA NOT NULL,
    token      BYTEA NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    network    BYTEA,
    since      INT8 NOT NULL,
    created    INT8 NOT NULL,
    last_used  INT8 NOT NULL,
    revoked    INT8 NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id, last_used);
CREATE INDEX sessions_by_use ON sessions (last_used);

CREATE TABLE tickets (
    ticket     BYTEA PRIMARY KEY,
    session_id BYTEA NOT NULL,
    expires    INT8 NOT NULL
);

-- Accounts to be, until their address is confirmed. They hold no handle: who
-- confirms first has it, so that nobody can keep one from others for nothing.
CREATE TABLE signups (
    signup_id    BYTEA PRIMARY KEY,
    handle       TEXT NOT NULL,
    display_name TEXT NOT NULL,
    email        TEXT NOT NULL,
    address      TEXT NOT NULL,
    password     TEXT NOT NULL,
    created      INT8 NOT NULL,
    user_id      BYTEA
);
CREATE INDEX signups_of_address ON signups (address, created);

-- subject is what a code confirms: the sign-up, later the account.
CREATE TABLE codes (
    code_id BYTEA PRIMARY KEY,
    address TEXT NOT NULL,
    purpose TEXT NOT NULL,
    subject BYTEA NOT NULL,
    code    BYTEA NOT NULL,
    expires INT8 NOT NULL,
    tries   INT8 NOT NULL,
    used    INT8 NOT NULL
);
CREATE INDEX codes_of_address ON codes (address, purpose);

-- Letters to an address within the hour that began at started.
CREATE TABLE letters (
    address TEXT PRIMARY KEY,
    started INT8 NOT NULL,
    sent    INT8 NOT NULL
);

-- Passwords tried without success, by lane: an account, or an account from a
-- network that it was signed in from before.
CREATE TABLE failures (
    lane   TEXT PRIMARY KEY,
    tries  INT8 NOT NULL,
    last   INT8 NOT NULL,
    closed INT8 NOT NULL
);

-- What administrators changed. Rows are added only.
CREATE TABLE audit (
    audit_id BYTEA PRIMARY KEY,
    at       INT8 NOT NULL,
    actor    TEXT NOT NULL,
    act      TEXT NOT NULL,
    object   TEXT NOT NULL,
    detail   TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (at);
