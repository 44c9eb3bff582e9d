-- Who has changed what, or was not allowed to.
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,          -- grows with time
    time REAL NOT NULL,              -- when it was done
    who TEXT NOT NULL,               -- user:NAME, token:NAME, or local:NAME of the machine
    address TEXT NOT NULL,           -- where that came from, '' for the machine itself
    method TEXT NOT NULL,            -- as in HTTP
    target TEXT NOT NULL,            -- the path in the API, at most 1024 characters of it
    status INTEGER NOT NULL,         -- what was answered
    before TEXT NOT NULL,            -- JSON without secrets: the members that were others, null for nothing
    after TEXT NOT NULL              -- the same of what they are since
);
CREATE INDEX audit_who ON audit (who, id);
CREATE INDEX audit_target ON audit (target, id);
