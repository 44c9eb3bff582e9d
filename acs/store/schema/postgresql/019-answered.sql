-- What was answered to requests that had a key (Idempotency-Key), to be answered again for a day.
CREATE TABLE answered (
    id BIGINT PRIMARY KEY,           -- grows with time
    who TEXT COLLATE "C" NOT NULL,               -- the user or token that asked
    name TEXT COLLATE "C" NOT NULL,              -- the key
    digest TEXT COLLATE "C" NOT NULL,            -- of what was asked
    since DOUBLE PRECISION NOT NULL,             -- when that was
    status INTEGER NOT NULL,         -- what was answered, 0 while that is not known
    answer BYTEA                      -- sealed: media type, headers, body; NULL while they are not known
);
CREATE UNIQUE INDEX answered_name ON answered (who, name);
CREATE INDEX answered_since ON answered (who, since);
