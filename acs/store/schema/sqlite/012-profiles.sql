-- What holds for all devices of a kind, beside the values of their parameters.
CREATE TABLE profiles (
    scope TEXT NOT NULL,             -- all, data_model, vendor or model
    name TEXT NOT NULL,              -- which of these: "default" of all, a root object, Manufacturer/ProductClass of a model
    category TEXT NOT NULL,          -- a model's: that of its devices which have none of their own; else ''
    parameter_map TEXT NOT NULL,     -- JSON: paths by logical name
    tracked TEXT NOT NULL,           -- JSON: what is read again and again: path, every so many seconds, with a history
    level TEXT NOT NULL,             -- when category or map were last changed, such as 2026-11-23T19:30:00.123456Z
    PRIMARY KEY (scope, name)
);
-- Values that tracked parameters had, of each device the newest.  Names devices without REFERENCES, as sessions do.
CREATE TABLE readings (
    id INTEGER PRIMARY KEY,          -- grows with time
    device INTEGER NOT NULL,         -- the device's key
    time REAL NOT NULL,              -- when it was read
    name TEXT NOT NULL,              -- the parameter
    entry BLOB NOT NULL              -- sealed JSON: its value
);
CREATE INDEX readings_device ON readings (device, id);
-- When parameters were last asked for that are tracked now and then; 0: never.
ALTER TABLE devices ADD COLUMN tracked_at REAL NOT NULL DEFAULT 0;
