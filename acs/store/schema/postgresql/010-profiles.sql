-- What holds for all devices of a kind, beside the values of their parameters.
CREATE TABLE profiles (
    scope TEXT COLLATE "C" NOT NULL,         -- all, data_model, vendor or model
    name TEXT COLLATE "C" NOT NULL,          -- which of these: "default" of all, a root object, Manufacturer/ProductClass of a model
    category TEXT COLLATE "C" NOT NULL,      -- a model's: that of its devices which have none of their own; else ''
    parameter_map TEXT COLLATE "C" NOT NULL, -- JSON: paths by logical name
    tracked TEXT COLLATE "C" NOT NULL,       -- JSON: what is read again and again: path, every so many seconds, with a history
    level TEXT COLLATE "C" NOT NULL,         -- when category or map were last changed, such as 2026-11-23T19:30:00.123456Z
    PRIMARY KEY (scope, name)
);
-- Values that tracked parameters had, of each device the newest.  Names devices without REFERENCES, as sessions do.
CREATE TABLE readings (
    id BIGINT PRIMARY KEY,                   -- grows with time
    device BIGINT NOT NULL,                  -- the device's key
    time DOUBLE PRECISION NOT NULL,          -- when it was read
    name TEXT COLLATE "C" NOT NULL,          -- the parameter
    entry BYTEA NOT NULL                     -- sealed JSON: its value
) PARTITION BY RANGE (id);
CREATE TABLE readings_rest PARTITION OF readings DEFAULT;
CREATE INDEX readings_device ON readings (device, id);
-- When parameters were last asked for that are tracked now and then; 0: never.
ALTER TABLE devices ADD COLUMN tracked_at DOUBLE PRECISION NOT NULL DEFAULT 0;
