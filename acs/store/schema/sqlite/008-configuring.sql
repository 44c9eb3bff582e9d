-- How often a device was brought towards a configuration level in vain, lest it be tried for ever.
ALTER TABLE devices ADD COLUMN config_tried TEXT NOT NULL DEFAULT '';       -- the level that was tried last
ALTER TABLE devices ADD COLUMN config_tries INTEGER NOT NULL DEFAULT 0;     -- how often, up to now
ALTER TABLE devices ADD COLUMN config_tried_at REAL NOT NULL DEFAULT 0;     -- when it was last
ALTER TABLE devices ADD COLUMN config_problems TEXT NOT NULL DEFAULT '[]';  -- JSON: what kept it from that, by path
