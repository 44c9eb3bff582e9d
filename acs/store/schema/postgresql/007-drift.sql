-- Devices that are not as they were left at their level, and those that got what unverified devices may have.
ALTER TABLE devices ADD COLUMN config_check TEXT NOT NULL DEFAULT '';     -- '', owned or all: what is to be looked at anew
ALTER TABLE devices ADD COLUMN config_drift INTEGER NOT NULL DEFAULT 0;   -- how many parameters are known to differ
ALTER TABLE devices ADD COLUMN preconfig_level TEXT NOT NULL DEFAULT '';  -- the level whose values for them they were given
CREATE INDEX devices_drift ON devices (key) WHERE config_drift > 0 AND deleted IS NULL;
CREATE INDEX devices_stopped ON devices (key) WHERE config_problems <> '[]' AND deleted IS NULL;
