-- Campaigns: something that many devices are to get, a few at a time.
CREATE TABLE campaigns (
    id BIGINT PRIMARY KEY,              -- grows with time
    name TEXT COLLATE "C" NOT NULL,              -- what people call it
    state TEXT COLLATE "C" NOT NULL,             -- running, paused, stopped, aborted or ended
    state_reason TEXT COLLATE "C" NOT NULL,      -- why it was stopped, '' else
    software_version TEXT COLLATE "C" NOT NULL,  -- the firmware that devices are to have, '' where it is not about that
    config_level TEXT COLLATE "C" NOT NULL,      -- the configuration level that they are to have, '' where it is not about that
    plan TEXT COLLATE "C" NOT NULL,              -- JSON: waves, rule, window, and how many at once
    devices INTEGER NOT NULL,          -- how many there are
    created DOUBLE PRECISION NOT NULL,           -- when it was made
    created_by TEXT COLLATE "C" NOT NULL,        -- the user or token
    changed DOUBLE PRECISION NOT NULL,           -- when its state was last another
    leased DOUBLE PRECISION NOT NULL             -- until when a process sees to it; 0: none does
);
-- Their devices.  Names devices without REFERENCES, as sessions do.
CREATE TABLE campaign_devices (
    campaign BIGINT NOT NULL,           -- the campaign
    place INTEGER NOT NULL,            -- when it has its turn, from 0
    device BIGINT NOT NULL,             -- the device's key
    state TEXT COLLATE "C" NOT NULL,             -- waiting, offered, confirmed, failed, unreachable or left
    changed DOUBLE PRECISION NOT NULL,           -- when that was last another
    detail TEXT COLLATE "C" NOT NULL,            -- more for people
    before TEXT COLLATE "C" NOT NULL,            -- what it had when it was offered: its software version or configuration level
    PRIMARY KEY (campaign, place)
);
CREATE INDEX campaign_devices_state ON campaign_devices (campaign, state, place);
CREATE INDEX campaign_devices_device ON campaign_devices (device);
-- What the device's own time is away from UTC, such as +01:00; '' where it does not tell.
ALTER TABLE devices ADD COLUMN time_offset TEXT NOT NULL DEFAULT '';
