-- Who has changed what, or was not allowed to.
CREATE TABLE audit (
    id BIGINT PRIMARY KEY,          -- grows with time
    time DOUBLE PRECISION NOT NULL,              -- when it was done
    who TEXT COLLATE "C" NOT NULL,               -- user:NAME, token:NAME, or local:NAME of the machine
    address TEXT COLLATE "C" NOT NULL,           -- where that came from, '' for the machine itself
    method TEXT COLLATE "C" NOT NULL,            -- as in HTTP
    target TEXT COLLATE "C" NOT NULL,            -- the path in the API, at most 1024 characters of it
    status INTEGER NOT NULL,         -- what was answered
    before TEXT COLLATE "C" NOT NULL,            -- JSON without secrets: the members that were others, null for nothing
    after TEXT COLLATE "C" NOT NULL              -- the same of what they are since
);
CREATE INDEX audit_who ON audit (who, id);
CREATE INDEX audit_target ON audit (target, id);
