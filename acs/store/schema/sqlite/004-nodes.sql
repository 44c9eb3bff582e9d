-- Processes that share one database: none but PostgreSQL's have others beside them.
CREATE TABLE nodes (
    number INTEGER PRIMARY KEY,             -- 0 to 255: part of the numbers that it gives out (acs.store.ids)
    name TEXT NOT NULL,                     -- what its configuration calls it, for people
    address TEXT NOT NULL,                  -- where others pass on requests that are its own; '' for nowhere
    started REAL NOT NULL,                  -- when it took the number
    seen REAL NOT NULL                      -- when it last said that it lives
);
