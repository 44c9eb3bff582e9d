-- Which devices have which quirks, as far as the operator says so; what is shipped stands in acs.quirks.rules.
CREATE TABLE quirk_rules (
    id BIGINT PRIMARY KEY,                       -- grows with time
    quirk TEXT COLLATE "C" NOT NULL,             -- its name (acs.quirks.catalogue)
    enabled INTEGER NOT NULL,                    -- 1: in force for whom it matches; 0: not
    manufacturer TEXT COLLATE "C" NOT NULL,      -- patterns with * and ?, of the maker's name; '' matches everything
    oui TEXT COLLATE "C" NOT NULL,               -- likewise, of the OUI
    product_class TEXT COLLATE "C" NOT NULL,     -- likewise, of the product class
    software_version TEXT COLLATE "C" NOT NULL,  -- likewise, of the firmware
    device TEXT COLLATE "C" NOT NULL,            -- the id of the one device meant, or ''
    note TEXT COLLATE "C" NOT NULL               -- why, for people
);
-- How many devices have which quirks.
CREATE INDEX devices_quirks ON devices (quirks) WHERE quirks <> '[]';
