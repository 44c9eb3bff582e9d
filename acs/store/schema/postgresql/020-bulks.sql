-- What is done to many devices at once.
CREATE TABLE bulks (
    id BIGINT PRIMARY KEY,           -- grows with time
    action TEXT COLLATE "C" NOT NULL,            -- job, wake, refresh, patch, reconfigure or delete
    devices INTEGER NOT NULL,        -- to how many
    created DOUBLE PRECISION NOT NULL,           -- when it was asked for
    created_by TEXT COLLATE "C" NOT NULL,        -- the user or token
    state TEXT COLLATE "C" NOT NULL,             -- running, stopping, stopped, done or interrupted
    done INTEGER NOT NULL,           -- how many have it
    refused INTEGER NOT NULL,        -- how many cannot
    reasons TEXT COLLATE "C" NOT NULL,           -- JSON: of the first of these the id, a blank, why
    changed DOUBLE PRECISION NOT NULL,           -- when that was last told
    ended DOUBLE PRECISION,                      -- when it was over
    wanted BYTEA NOT NULL             -- sealed JSON: what was asked for
);
