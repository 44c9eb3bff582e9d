-- Messages to the operator's systems about what happens, and alarms about what is no device.
-- Where such messages go.
CREATE TABLE webhooks (
    id INTEGER PRIMARY KEY,          -- grows with time
    document BLOB NOT NULL,          -- sealed JSON: the URL, and the secret that messages are signed with
    events TEXT NOT NULL,            -- JSON: which events are told
    tags TEXT NOT NULL,              -- JSON: of devices that have one of these tags; [] for all
    models TEXT NOT NULL,            -- JSON: of devices of one of these models; [] for all
    created REAL NOT NULL,           -- when it was made
    created_by TEXT NOT NULL,        -- the user or token
    paused REAL NOT NULL,            -- since when nothing is sent; 0: it is
    paused_because TEXT NOT NULL,    -- why, for people
    failing REAL NOT NULL,           -- since when nothing that was sent has been taken; 0: the last was
    failures INTEGER NOT NULL,       -- how often that was tried
    due REAL NOT NULL,               -- not to be tried before
    leased REAL NOT NULL,            -- until when a process sees to it; 0: none does
    dropped INTEGER NOT NULL         -- how many messages were given up since none was waiting
);
-- The messages, those that wait and the last of those that do not.
CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY,          -- grows with time: the order in which they are sent
    webhook INTEGER NOT NULL,        -- where it goes
    event TEXT NOT NULL,             -- what it tells
    device TEXT NOT NULL,            -- the id of the device that it is about, '' for none
    created REAL NOT NULL,           -- when that happened
    body BLOB NOT NULL,              -- sealed: what is sent
    state TEXT NOT NULL,             -- queued, delivered or failed
    attempts INTEGER NOT NULL,       -- how often it was sent
    tried REAL NOT NULL,             -- when it was sent last; 0: never
    seconds REAL NOT NULL,           -- how long that took
    status INTEGER NOT NULL,         -- the HTTP status that was answered; 0: none
    detail TEXT NOT NULL             -- more of that, for people
);
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook, id);
CREATE INDEX webhook_deliveries_state ON webhook_deliveries (webhook, state, id);
-- What else an alarm is about: a model, a webhook, a node; '' where it is a device or a campaign.
ALTER TABLE alarms ADD COLUMN subject TEXT NOT NULL DEFAULT '';
DROP INDEX alarms_open;
CREATE UNIQUE INDEX alarms_open ON alarms (device, campaign, subject, kind) WHERE ended = 0;
-- Every how many seconds a device calls by itself, as its parameters say; 0: nobody knows.
ALTER TABLE devices ADD COLUMN inform_interval INTEGER NOT NULL DEFAULT 0;
CREATE INDEX devices_interval ON devices (manufacturer, product_class, inform_interval, key) WHERE deleted IS NULL;
-- What one process does for all: until when it is somebody's turn.
CREATE TABLE turns (
    name TEXT PRIMARY KEY,           -- what is done
    until REAL NOT NULL              -- nobody does it again before
);
