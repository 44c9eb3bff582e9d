-- What each device is woken with (ConnectionRequest).
CREATE TABLE wakings (
    device BIGINT PRIMARY KEY REFERENCES devices (key), -- the device's key
    stun_username TEXT COLLATE "C" NOT NULL,     -- by which its STUN requests are known, '' for none
    xmpp_username TEXT COLLATE "C" NOT NULL,     -- its account on the XMPP server, '' for none
    document BYTEA NOT NULL,          -- sealed JSON: user names and passwords of all ways, the way that has worked last
    updated DOUBLE PRECISION NOT NULL            -- when that was last changed
);
CREATE UNIQUE INDEX wakings_stun ON wakings (stun_username) WHERE stun_username <> '';
-- Where the NAT of each device lets UDP in, as a STUN server has seen last.
CREATE TABLE bindings (
    device BIGINT PRIMARY KEY,          -- the device's key
    host TEXT COLLATE "C" NOT NULL,              -- address
    port INTEGER NOT NULL,             -- port
    seen DOUBLE PRECISION NOT NULL,              -- when that was seen
    node INTEGER NOT NULL              -- the node whose STUN server has seen it
);
-- What came of ConnectionRequests.  Names devices without REFERENCES, as sessions do.
CREATE TABLE wakes (
    id BIGINT PRIMARY KEY,              -- grows with time
    device BIGINT NOT NULL,             -- the device's key
    time DOUBLE PRECISION NOT NULL,              -- when it began
    seconds DOUBLE PRECISION NOT NULL,           -- how long it was until the outcome was known
    method TEXT COLLATE "C" NOT NULL,            -- http, xmpp or udp: the one that led to the outcome
    outcome TEXT COLLATE "C" NOT NULL,           -- informed, accepted, unauthorized, busy, unreachable, timeout, refused, impossible
    detail TEXT COLLATE "C" NOT NULL,            -- more for people
    requested_by TEXT COLLATE "C" NOT NULL,      -- the user or token that asked for it, '' for the appliance itself
    job BIGINT,                         -- the job for the sake of which it was
    session BIGINT                      -- the session in which the device called
);
CREATE INDEX wakes_device ON wakes (device, id);
-- Accounts on the XMPP server whose devices are no more, until they are deleted there.
CREATE TABLE accounts_left (
    username TEXT COLLATE "C" PRIMARY KEY,       -- the account's
    since DOUBLE PRECISION NOT NULL              -- when the device was deleted
);
-- What the device was given to be woken by, a name for all of it; '' for nothing.
ALTER TABLE devices ADD COLUMN wake_setup TEXT NOT NULL DEFAULT '';
-- JSON: the ways that this has opened beside http: xmpp, udp.
ALTER TABLE devices ADD COLUMN wake_ways TEXT NOT NULL DEFAULT '[]';
-- When the device is to be woken for the job's sake; 0: it is not.
ALTER TABLE jobs ADD COLUMN wake_at DOUBLE PRECISION NOT NULL DEFAULT 0;
-- How often that was tried.
ALTER TABLE jobs ADD COLUMN wake_tries INTEGER NOT NULL DEFAULT 0;
-- By which way, what came of it, and more for people; of the last time.
ALTER TABLE jobs ADD COLUMN wake_method TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN wake_outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN wake_detail TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_wake ON jobs (state, wake_at) WHERE wake_at > 0 AND state = 'queued';
