-- What users have kept of the list of devices, to look at again.
CREATE TABLE views (
    owner TEXT NOT NULL,         -- who keeps it, as "user:anna"
    name TEXT NOT NULL,          -- by which they know it
    query TEXT NOT NULL,         -- that of the page's address
    changed REAL NOT NULL,       -- when
    PRIMARY KEY (owner, name)
);
