-- The epoch of the store of chat that the standings were told to.
CREATE TABLE told (
    store TEXT PRIMARY KEY,
    epoch BYTEA NOT NULL
);
