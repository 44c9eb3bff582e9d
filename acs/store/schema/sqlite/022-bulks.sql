-- What is done to many devices at once.
CREATE TABLE bulks (
    id INTEGER PRIMARY KEY,          -- grows with time
    action TEXT NOT NULL,            -- job, wake, refresh, patch, reconfigure or delete
    devices INTEGER NOT NULL,        -- to how many
    created REAL NOT NULL,           -- when it was asked for
    created_by TEXT NOT NULL,        -- the user or token
    state TEXT NOT NULL,             -- running, stopping, stopped, done or interrupted
    done INTEGER NOT NULL,           -- how many have it
    refused INTEGER NOT NULL,        -- how many cannot
    reasons TEXT NOT NULL,           -- JSON: of the first of these the id, a blank, why
    changed REAL NOT NULL,           -- when that was last told
    ended REAL,                      -- when it was over
    wanted BLOB NOT NULL             -- sealed JSON: what was asked for
);
