-- What people log in with, and what they and programs may see.
-- JSON: with one of which tags a device is there for the user, [] for any.
ALTER TABLE users ADD COLUMN only_tags TEXT NOT NULL DEFAULT '[]';
-- JSON: likewise, of which models, as Manufacturer/ProductClass.
ALTER TABLE users ADD COLUMN only_models TEXT NOT NULL DEFAULT '[]';
-- By what an identity provider knows the user, '' where none does.
ALTER TABLE users ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX users_subject ON users (subject) WHERE subject <> '';
-- JSON: the areas in which the token serves, [] for all.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT '[]';
-- JSON: as with users.
ALTER TABLE tokens ADD COLUMN only_tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tokens ADD COLUMN only_models TEXT NOT NULL DEFAULT '[]';
-- Who has logged in with a browser.
CREATE TABLE logins (
    digest TEXT PRIMARY KEY,     -- SHA-256 of the cookie, hexadecimal
    name TEXT NOT NULL,          -- the user's
    created REAL NOT NULL,       -- when
    used REAL NOT NULL           -- when it was last used, to the minute
);
CREATE INDEX logins_name ON logins (name);
-- What users have beside their passwords.
CREATE TABLE second_factors (
    id INTEGER PRIMARY KEY,      -- grows with time
    name TEXT NOT NULL UNIQUE,   -- the user's
    document BLOB NOT NULL,      -- sealed JSON: the secret of the one-time passwords, the digests of the recovery codes
    since REAL NOT NULL,         -- when the user showed to have it, 0: not yet
    last_step INTEGER NOT NULL   -- of which 30 seconds since 1970 the last code was
);
