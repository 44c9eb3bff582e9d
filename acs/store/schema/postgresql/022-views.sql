-- What users have kept of the list of devices, to look at again.
CREATE TABLE views (
    owner TEXT COLLATE "C" NOT NULL,         -- who keeps it, as "user:anna"
    name TEXT COLLATE "C" NOT NULL,          -- by which they know it
    query TEXT COLLATE "C" NOT NULL,         -- that of the page's address
    changed DOUBLE PRECISION NOT NULL,       -- when
    PRIMARY KEY (owner, name)
);
