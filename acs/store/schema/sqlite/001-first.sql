-- The first schema.
--
-- The dialect is SQLite's and PostgreSQL's common one; PostgreSQL reads INTEGER as BIGINT, REAL as DOUBLE PRECISION,
-- BLOB as BYTEA and TEXT with the collation "C".  Booleans are 0 or 1, times are seconds since 1970 (UTC), lists of
-- words are JSON.  Keys and ids are numbers of acs.store.ids, which grow with time.  In SQLite every index ends in the
-- row's own key, so an index of a column serves "this value, newest first" too.
-- "Sealed" is compressed and encrypted under secret.key (acs.store.vault).

-- Which steps of this folder have been applied.
CREATE TABLE schema (
    version INTEGER PRIMARY KEY,            -- the step's number
    name TEXT NOT NULL                      -- its name
);

-- Single numbers the store must remember.
CREATE TABLE marks (
    name TEXT PRIMARY KEY,                  -- secret_key: a fingerprint of the key that the rest is sealed with;
                                            -- checks: how often somebody asked whether we can be written; import
                                            -- and import_blocks: see acs.store.marks
    value INTEGER NOT NULL                  -- the number
);
INSERT INTO marks (name, value) VALUES ('checks', 0);

-- One row per device ever seen.  Written when something in it changes, not when the device calls.
CREATE TABLE devices (
    key INTEGER PRIMARY KEY,                -- our number for it, in the order of first contact
    id TEXT NOT NULL UNIQUE,                -- OUI-ProductClass-SerialNumber, percent-encoded
    manufacturer TEXT NOT NULL,             -- DeviceId.Manufacturer, as sent
    oui TEXT NOT NULL,                      -- DeviceId.OUI
    product_class TEXT NOT NULL,            -- DeviceId.ProductClass, '' without
    serial_number TEXT NOT NULL,            -- DeviceId.SerialNumber
    first_seen REAL NOT NULL,               -- time of its first Inform; 0: registered, has not called yet
    software_version TEXT NOT NULL,         -- DeviceInfo.SoftwareVersion of the last Inform
    hardware_version TEXT NOT NULL,         -- DeviceInfo.HardwareVersion of the last Inform
    root TEXT NOT NULL,                     -- its root object, for example InternetGatewayDevice.
    root_data_model TEXT NOT NULL,          -- for example InternetGatewayDevice:1
    root_data_model_source TEXT NOT NULL,   -- how that was inferred
    service_models TEXT NOT NULL,           -- service models beside it, JSON
    cwmp_version TEXT NOT NULL,             -- CWMP version of its last session
    cwmp_version_source TEXT NOT NULL,      -- how that was inferred
    connection_request_url TEXT NOT NULL,   -- where it listens for connection requests
    parameter_key TEXT NOT NULL,            -- ParameterKey as last reported
    current_config_level TEXT NOT NULL,     -- the configuration level it runs
    desired_config_level TEXT NOT NULL,     -- the device's own wish, '' for what its scopes say
    desired_software_version TEXT NOT NULL, -- the device's own wish, '' for what its model says
    related_device TEXT NOT NULL,           -- its record in the operator's systems
    tags TEXT NOT NULL,                     -- tags, JSON; the table tags is the index of them
    category TEXT NOT NULL,                 -- its own category, '' for its model's
    notes TEXT NOT NULL,                    -- what people wrote about it
    quirks TEXT NOT NULL,                   -- quirks in force in its last session, JSON
    rpc_methods TEXT NOT NULL,              -- what it answered to GetRPCMethods, JSON
    full_read_requested INTEGER NOT NULL,   -- 1: read all parameters in the next session
    full_read_failures INTEGER NOT NULL,    -- how often that failed since it was asked for
    full_read_at REAL,                      -- when all parameters were last read
    inform_digest TEXT NOT NULL,            -- digest of the last Inform's parameters
    deleted REAL                            -- when it was forgotten: its sessions stay and still name it
);
CREATE INDEX devices_manufacturer ON devices (manufacturer, key);
CREATE INDEX devices_oui ON devices (oui, key);
CREATE INDEX devices_product_class ON devices (product_class, key);
CREATE INDEX devices_serial_number ON devices (serial_number, key);
CREATE INDEX devices_software_version ON devices (software_version, key);
CREATE INDEX devices_first_seen ON devices (first_seen, key);
CREATE INDEX devices_category ON devices (category, key) WHERE category <> '';
CREATE INDEX devices_deleted ON devices (deleted) WHERE deleted IS NOT NULL;
-- What is counted for the vendors, models and categories.
CREATE INDEX devices_kind
    ON devices (manufacturer, product_class, oui, software_version, root_data_model, category, deleted);

-- What changes with every session of a device: a digest of the table sessions, brought up to date every few seconds,
-- when the new sessions are settled (acs.store.settling).
CREATE TABLE presence (
    device INTEGER PRIMARY KEY REFERENCES devices (key), -- the device's key
    last_inform REAL NOT NULL,              -- start of its newest session; 0: never
    inform_count INTEGER NOT NULL,          -- how many sessions it has had
    last_session_result TEXT NOT NULL,      -- success or failed, '' before the first
    client_ip TEXT NOT NULL,                -- where it called from
    client_ip_verified INTEGER NOT NULL     -- 1: that address may be this device
);
CREATE INDEX presence_last_inform ON presence (last_inform, device);
CREATE INDEX presence_last_session_result ON presence (last_session_result, device);
CREATE INDEX presence_client_ip ON presence (client_ip, device);
CREATE INDEX presence_client_ip_verified ON presence (client_ip_verified, device);

-- Devices by tag.
CREATE TABLE tags (
    device INTEGER NOT NULL REFERENCES devices (key), -- the device's key
    tag TEXT NOT NULL,                      -- as written
    PRIMARY KEY (device, tag)
);
CREATE INDEX tags_tag ON tags (tag, device);

-- Words that a device is found by: parts of its identity, and a handful of its parameters.
CREATE TABLE facts (
    device INTEGER NOT NULL REFERENCES devices (key), -- the device's key
    name TEXT NOT NULL,                     -- a field of the table devices, or the last part of a parameter's name
    value TEXT NOT NULL,                    -- in lower case, MAC addresses as 12 bare digits
    PRIMARY KEY (device, name, value)
);
CREATE INDEX facts_value ON facts (value, device);

-- Manufacturers ever seen.
CREATE TABLE vendors (
    manufacturer TEXT PRIMARY KEY           -- as the first device wrote it
);

-- Models ever seen.
CREATE TABLE models (
    manufacturer TEXT NOT NULL,             -- as the first device wrote it
    product_class TEXT NOT NULL,            -- likewise, '' without
    category TEXT NOT NULL,                 -- the category of its devices that have none of their own, or ''
    PRIMARY KEY (manufacturer, product_class)
);
CREATE INDEX models_category ON models (category) WHERE category <> '';

-- Categories ever used.
CREATE TABLE categories (
    name TEXT PRIMARY KEY                   -- its name
);

-- All that is known of a device's parameters.
CREATE TABLE parameters (
    device INTEGER PRIMARY KEY REFERENCES devices (key), -- the device's key
    document BLOB NOT NULL,                 -- sealed JSON: a list of name, value, type, writable, notification,
                                            -- access list, updated
    updated REAL NOT NULL                   -- when it was last replaced
);

-- The journal of parameter values; begins with the first difference to a device's first document.
CREATE TABLE changes (
    id INTEGER PRIMARY KEY,                 -- grows with time
    device INTEGER NOT NULL REFERENCES devices (key), -- the device's key
    time REAL NOT NULL,                     -- when it was seen
    session INTEGER,                        -- the session that brought it to light
    name TEXT NOT NULL,                     -- the parameter
    entry BLOB NOT NULL                     -- sealed JSON: old and new value, null where it came or went
);
CREATE INDEX changes_device ON changes (device, id);

-- RPCs that somebody wants carried out.
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,                 -- grows with time
    device INTEGER NOT NULL REFERENCES devices (key), -- the device's key
    rpc TEXT NOT NULL,                      -- by the standard's name
    arguments BLOB NOT NULL,                -- sealed JSON
    fingerprint BLOB NOT NULL,              -- the same for the same RPC with the same arguments
    created REAL NOT NULL,                  -- when it was accepted
    reason TEXT NOT NULL,                   -- why, in words
    automatic INTEGER NOT NULL,             -- 1: the appliance wants it, not a person
    urgent INTEGER NOT NULL,                -- 1: before everything else, and wake the device
    state TEXT NOT NULL,                    -- queued, sent, done, failed, expired or cancelled
    requested_by TEXT NOT NULL,             -- user or token
    command_key TEXT NOT NULL,              -- what TransferComplete and the like will bring back
    expires REAL,                           -- not to be sent after that
    attempts INTEGER NOT NULL,              -- how often the RPC went out
    uncertain INTEGER NOT NULL,             -- 1: sent in a session that was lost, not to be repeated unasked
    sent REAL,                              -- when it last went out
    ended REAL,                             -- when it left queued and sent
    session INTEGER,                        -- the session that it was sent in
    result BLOB,                            -- sealed JSON: the response's arguments
    fault BLOB                              -- sealed JSON: the fault's
);
-- Identical queued jobs are one job.
CREATE UNIQUE INDEX jobs_queued ON jobs (device, fingerprint) WHERE state = 'queued';
CREATE INDEX jobs_open ON jobs (device) WHERE state IN ('queued', 'sent');
CREATE INDEX jobs_device ON jobs (device, id);
CREATE INDEX jobs_rpc ON jobs (rpc, id);
CREATE INDEX jobs_state ON jobs (state, id);
CREATE INDEX jobs_automatic ON jobs (automatic, id);
CREATE INDEX jobs_urgent ON jobs (urgent, id);
CREATE INDEX jobs_uncertain ON jobs (uncertain, id);
CREATE INDEX jobs_session ON jobs (session, id) WHERE session IS NOT NULL;
CREATE INDEX jobs_command_key ON jobs (command_key, id) WHERE command_key <> '';

-- The log of sessions: appended, and replaced by its own second writing; what a device's row says of its presence
-- follows from it.  Names devices without REFERENCES, since it outlives them.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,                 -- grows with time: the order of beginning
    settled INTEGER NOT NULL,               -- 0 at first; 1: counted in the table presence if it has ended, and found by
                                            -- the indexes in which each one touches another page: settled many at
                                            -- a time they share those pages, and appending stays cheap
    device INTEGER,                         -- NULL: a message that was refused before it could open a session
    started REAL NOT NULL,                  -- when the Inform arrived
    ended REAL,                             -- when the last message went out; NULL where the appliance stopped before
    client_ip TEXT NOT NULL,                -- where it called from
    client_ip_verified INTEGER NOT NULL,    -- 1: that address may be this device
    verified_by TEXT NOT NULL,              -- the policy that said so
    listener TEXT NOT NULL,                 -- name of the listener it called
    events TEXT NOT NULL,                   -- event codes, JSON
    cwmp_version TEXT NOT NULL,             -- CWMP version spoken
    cwmp_version_source TEXT NOT NULL,      -- how that was inferred
    root_data_model TEXT NOT NULL,          -- as its device's then was
    root_data_model_source TEXT NOT NULL,   -- how that was inferred
    quirks TEXT NOT NULL,                   -- quirks in force, JSON
    device_uptime INTEGER,                  -- seconds, as the device reports
    result TEXT NOT NULL,                   -- open, success or failed
    failure TEXT NOT NULL,                  -- the point where it stopped, in words
    last_rpc TEXT NOT NULL,                 -- the last one that was said
    requests INTEGER NOT NULL,              -- HTTP requests
    responses INTEGER NOT NULL,             -- HTTP responses
    bytes_in INTEGER NOT NULL,              -- bytes of the requests' bodies
    bytes_out INTEGER NOT NULL              -- bytes of the responses' bodies
);
CREATE INDEX sessions_unsettled ON sessions (id) WHERE settled = 0;
CREATE INDEX sessions_device ON sessions (device) WHERE settled = 1;
CREATE INDEX sessions_client_ip ON sessions (client_ip) WHERE settled = 1;
CREATE INDEX sessions_client_ip_verified ON sessions (client_ip_verified);
CREATE INDEX sessions_result ON sessions (result);
CREATE INDEX sessions_listener ON sessions (listener);

-- What was said in a session; goes before the session's row does.
CREATE TABLE conversations (
    session INTEGER PRIMARY KEY,            -- its id
    document BLOB,                          -- sealed (acs.store.archive), where it is small; else NULL, and it lies in
    segment INTEGER NOT NULL,               -- this file of the archive: yyyymmdd times a million plus its number, else 0
    position INTEGER NOT NULL,              -- at this byte
    size INTEGER NOT NULL                   -- in so many bytes
);

-- API tokens.
CREATE TABLE tokens (
    name TEXT PRIMARY KEY,                  -- what people call it
    role TEXT NOT NULL,                     -- viewer, support, operator or admin
    digest TEXT NOT NULL UNIQUE,            -- SHA-256 of the token, hexadecimal
    created REAL NOT NULL,                  -- when
    expires REAL,                           -- not good after that; NULL: good for ever
    last_used REAL                          -- to the minute
);

-- People who may log in.
CREATE TABLE users (
    name TEXT PRIMARY KEY,                  -- what they log in as
    role TEXT NOT NULL,                     -- viewer, support, operator or admin
    password TEXT NOT NULL,                 -- argon2 hash in its own format
    created REAL NOT NULL                   -- when
);
