-- Processes that share this database.  One that lives holds the advisory lock of its number (acs.store.postgresql.
-- membership), which goes with its connection.
CREATE TABLE nodes (
    number INTEGER PRIMARY KEY,                             -- 0 to 255: part of the numbers that it gives out
    name TEXT COLLATE "C" NOT NULL,                         -- what its configuration calls it, for people
    address TEXT COLLATE "C" NOT NULL,                      -- where others pass on requests that are its own, or ''
    started DOUBLE PRECISION NOT NULL,                      -- when it took the number
    seen DOUBLE PRECISION NOT NULL                          -- when it last said that it lives
);
