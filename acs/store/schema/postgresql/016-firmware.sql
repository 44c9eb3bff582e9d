-- Which firmware devices run, are to run, and were told to fetch.
-- The version before the one that the device runs, '' where it was always the same.
ALTER TABLE devices ADD COLUMN previous_software_version TEXT NOT NULL DEFAULT '';
-- When it changed; 0: never.
ALTER TABLE devices ADD COLUMN software_changed_at DOUBLE PRECISION NOT NULL DEFAULT 0;
-- The version that it was last brought towards, with how many Downloads, and when that was last tried.
ALTER TABLE devices ADD COLUMN firmware_tried TEXT NOT NULL DEFAULT '';
ALTER TABLE devices ADD COLUMN firmware_tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN firmware_tried_at DOUBLE PRECISION NOT NULL DEFAULT 0;
-- Why it does not run the one that is wanted, '' for nothing.
ALTER TABLE devices ADD COLUMN firmware_problem TEXT NOT NULL DEFAULT '';
-- The version that the devices of this kind are to run, '' where nothing is said.
ALTER TABLE profiles ADD COLUMN desired_software_version TEXT NOT NULL DEFAULT '';
-- JSON: through which versions a model's devices get to others: from, through, to.
ALTER TABLE profiles ADD COLUMN upgrade_paths TEXT NOT NULL DEFAULT '[]';
-- What people have to look at.  Names devices without REFERENCES, as sessions do.
CREATE TABLE alarms (
    id BIGINT PRIMARY KEY,          -- grows with time
    device BIGINT NOT NULL,         -- the key of the device that it is about, 0 for none
    campaign BIGINT NOT NULL,       -- the number of the campaign that it is about, 0 for none
    kind TEXT COLLATE "C" NOT NULL,              -- firmware_missing, firmware_failed, configuration_failed, campaign_stopped
    since DOUBLE PRECISION NOT NULL,             -- when it was raised
    text TEXT COLLATE "C" NOT NULL,              -- what is the matter, for people
    acknowledged DOUBLE PRECISION NOT NULL,      -- when a person said to know of it, 0: not yet
    acknowledged_by TEXT COLLATE "C" NOT NULL,   -- the user or token, '' for nobody
    ended DOUBLE PRECISION NOT NULL              -- when its cause was gone, 0: it is not
);
CREATE UNIQUE INDEX alarms_open ON alarms (device, campaign, kind) WHERE ended = 0;
CREATE INDEX alarms_device ON alarms (device, id);
CREATE INDEX alarms_kind ON alarms (kind, id);
CREATE INDEX alarms_now ON alarms (id) WHERE ended = 0;
CREATE INDEX alarms_past ON alarms (id) WHERE ended > 0;
CREATE INDEX alarms_new ON alarms (id) WHERE acknowledged = 0;
CREATE INDEX alarms_seen ON alarms (id) WHERE acknowledged > 0;
