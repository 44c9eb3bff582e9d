-- Which values the operator wants parameters to have, by whose devices those are.
CREATE TABLE configurations (
    id BIGINT PRIMARY KEY,                   -- grows with time: each document that replaces another has its own
    scope TEXT COLLATE "C" NOT NULL,         -- all, category, vendor, model, tag or device
    name TEXT COLLATE "C" NOT NULL,          -- which of these: "default" of all, Manufacturer/ProductClass of a model, a device's id
    level TEXT COLLATE "C" NOT NULL,         -- when it was last changed, such as 2026-11-23T19:30:00.123456Z
    document BYTEA NOT NULL,                 -- sealed JSON: the parameters
    changed_by TEXT COLLATE "C" NOT NULL,    -- user or token
    device BIGINT REFERENCES devices (key),  -- the key of the one device it belongs to, else NULL
    UNIQUE (scope, name)
);
CREATE INDEX configurations_name ON configurations (name, scope);
CREATE INDEX configurations_device ON configurations (device) WHERE device IS NOT NULL;
-- Those that every process has in memory.
CREATE INDEX configurations_shared ON configurations (scope, name) WHERE device IS NULL;
-- Sealed bytes cannot be compressed.
ALTER TABLE configurations ALTER COLUMN document SET STORAGE EXTERNAL;
-- The level of the device's own one, '' where it has none: few have, and no session should have to look.
ALTER TABLE devices ADD COLUMN own_config_level TEXT COLLATE "C" NOT NULL DEFAULT '';
