-- What the operator's systems said last of a device, so that it is seen when they say something else.
ALTER TABLE devices ADD COLUMN related_level TEXT NOT NULL DEFAULT '';      -- the level that it had then
ALTER TABLE devices ADD COLUMN related_digest TEXT NOT NULL DEFAULT '';     -- a digest of it
