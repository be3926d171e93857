-- Up to where chat's store was seen to have decided the topics of the log: a
-- store that has not come so far is an older one, or another.
CREATE TABLE witness (
    topic  TEXT NOT NULL,
    part   INT8 NOT NULL,
    log_id TEXT NOT NULL,
    pos    INT8 NOT NULL,
    PRIMARY KEY (topic, part)
);
