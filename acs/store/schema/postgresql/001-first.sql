-- The first schema.
--
-- The same tables and columns as SQLite's (schema/sqlite), as far as it has come, for the same statements.  Texts have
-- the collation "C", which sorts as SQLite does.  Indexes end in the row's key where a list goes on by it.  Sessions and
-- conversations are partitioned by their numbers, which grow with time: the partitions themselves are made ahead, for a
-- week or a day each, and dropped whole (acs.store.postgresql.partitions); "rest" holds what belongs to no other.
-- "Sealed" is compressed and encrypted under secret.key (acs.store.vault), the same one on all nodes.

-- Which steps of this folder have been applied.
CREATE TABLE schema (
    version INTEGER PRIMARY KEY,                            -- the step's number
    name TEXT COLLATE "C" NOT NULL                          -- its name
);

-- Single numbers the store must remember.
CREATE TABLE marks (
    name TEXT COLLATE "C" PRIMARY KEY,                      -- secret_key: a fingerprint of the key that the rest is
                                                            -- sealed with; checks: how often somebody asked whether we
                                                            -- can be written; import and import_blocks: see
                                                            -- acs.store.marks
    value BIGINT NOT NULL                                   -- the number
);
INSERT INTO marks (name, value) VALUES ('checks', 0);

-- One row per device ever seen.  Written when something in it changes, not when the device calls.
CREATE TABLE devices (
    key BIGINT PRIMARY KEY,                                 -- our number for it, in the order of first contact
    id TEXT COLLATE "C" NOT NULL UNIQUE,                    -- OUI-ProductClass-SerialNumber, percent-encoded
    manufacturer TEXT COLLATE "C" NOT NULL,                 -- DeviceId.Manufacturer, as sent
    oui TEXT COLLATE "C" NOT NULL,                          -- DeviceId.OUI
    product_class TEXT COLLATE "C" NOT NULL,                -- DeviceId.ProductClass, '' without
    serial_number TEXT COLLATE "C" NOT NULL,                -- DeviceId.SerialNumber
    first_seen DOUBLE PRECISION NOT NULL,                   -- time of its first Inform; 0: registered, has not called yet
    software_version TEXT COLLATE "C" NOT NULL,             -- DeviceInfo.SoftwareVersion of the last Inform
    hardware_version TEXT COLLATE "C" NOT NULL,             -- DeviceInfo.HardwareVersion of the last Inform
    root TEXT COLLATE "C" NOT NULL,                         -- its root object, for example InternetGatewayDevice.
    root_data_model TEXT COLLATE "C" NOT NULL,              -- for example InternetGatewayDevice:1
    root_data_model_source TEXT COLLATE "C" NOT NULL,       -- how that was inferred
    service_models TEXT COLLATE "C" NOT NULL,               -- service models beside it, JSON
    cwmp_version TEXT COLLATE "C" NOT NULL,                 -- CWMP version of its last session
    cwmp_version_source TEXT COLLATE "C" NOT NULL,          -- how that was inferred
    connection_request_url TEXT COLLATE "C" NOT NULL,       -- where it listens for connection requests
    parameter_key TEXT COLLATE "C" NOT NULL,                -- ParameterKey as last reported
    current_config_level TEXT COLLATE "C" NOT NULL,         -- the configuration level it runs
    desired_config_level TEXT COLLATE "C" NOT NULL,         -- the device's own wish, '' for what its scopes say
    desired_software_version TEXT COLLATE "C" NOT NULL,     -- the device's own wish, '' for what its model says
    related_device TEXT COLLATE "C" NOT NULL,               -- its record in the operator's systems
    tags TEXT COLLATE "C" NOT NULL,                         -- tags, JSON; the table tags is the index of them
    category TEXT COLLATE "C" NOT NULL,                     -- its own category, '' for its model's
    notes TEXT COLLATE "C" NOT NULL,                        -- what people wrote about it
    quirks TEXT COLLATE "C" NOT NULL,                       -- quirks in force in its last session, JSON
    rpc_methods TEXT COLLATE "C" NOT NULL,                  -- what it answered to GetRPCMethods, JSON
    full_read_requested INTEGER NOT NULL,                   -- 1: read all parameters in the next session
    full_read_failures INTEGER NOT NULL,                    -- how often that failed since it was asked for
    full_read_at DOUBLE PRECISION,                          -- when all parameters were last read
    inform_digest TEXT COLLATE "C" NOT NULL,                -- digest of the last Inform's parameters
    deleted DOUBLE PRECISION                                -- when it was forgotten: its sessions stay and still name it
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
    device BIGINT PRIMARY KEY REFERENCES devices (key),     -- the device's key
    last_inform DOUBLE PRECISION NOT NULL,                  -- start of its newest session; 0: never
    inform_count INTEGER NOT NULL,                          -- how many sessions it has had
    last_session_result TEXT COLLATE "C" NOT NULL,          -- success or failed, '' before the first
    client_ip TEXT COLLATE "C" NOT NULL,                    -- where it called from
    client_ip_verified INTEGER NOT NULL                     -- 1: that address may be this device
);
CREATE INDEX presence_last_inform ON presence (last_inform, device);
CREATE INDEX presence_last_session_result ON presence (last_session_result, device);
CREATE INDEX presence_client_ip ON presence (client_ip, device);
CREATE INDEX presence_client_ip_verified ON presence (client_ip_verified, device);

-- Devices by tag.
CREATE TABLE tags (
    device BIGINT NOT NULL REFERENCES devices (key),        -- the device's key
    tag TEXT COLLATE "C" NOT NULL,                          -- as written
    PRIMARY KEY (device, tag)
);
CREATE INDEX tags_tag ON tags (tag, device);

-- Words that a device is found by: parts of its identity, and a handful of its parameters.
CREATE TABLE facts (
    device BIGINT NOT NULL REFERENCES devices (key),        -- the device's key
    name TEXT COLLATE "C" NOT NULL,                         -- a field of the table devices, or the last part of a parameter's name
    value TEXT COLLATE "C" NOT NULL,                        -- in lower case, MAC addresses as 12 bare digits
    PRIMARY KEY (device, name, value)
);
CREATE INDEX facts_value ON facts (value, device);

-- Manufacturers ever seen.
CREATE TABLE vendors (
    manufacturer TEXT COLLATE "C" PRIMARY KEY               -- as the first device wrote it
);

-- Models ever seen.
CREATE TABLE models (
    manufacturer TEXT COLLATE "C" NOT NULL,                 -- as the first device wrote it
    product_class TEXT COLLATE "C" NOT NULL,                -- likewise, '' without
    category TEXT COLLATE "C" NOT NULL,                     -- the category of its devices that have none of their own, or ''
    PRIMARY KEY (manufacturer, product_class)
);
CREATE INDEX models_category ON models (category) WHERE category <> '';

-- Categories ever used.
CREATE TABLE categories (
    name TEXT COLLATE "C" PRIMARY KEY                       -- its name
);

-- All that is known of a device's parameters.
CREATE TABLE parameters (
    device BIGINT PRIMARY KEY REFERENCES devices (key),     -- the device's key
    document BYTEA NOT NULL,                                -- sealed JSON: a list of name, value, type, writable, notification,
                                                            -- access list, updated
    updated DOUBLE PRECISION NOT NULL                       -- when it was last replaced
);

-- The journal of parameter values; begins with the first difference to a device's first document.
CREATE TABLE changes (
    id BIGINT PRIMARY KEY,                                  -- grows with time
    device BIGINT NOT NULL REFERENCES devices (key),        -- the device's key
    time DOUBLE PRECISION NOT NULL,                         -- when it was seen
    session BIGINT,                                         -- the session that brought it to light
    name TEXT COLLATE "C" NOT NULL,                         -- the parameter
    entry BYTEA NOT NULL                                    -- sealed JSON: old and new value, null where it came or went
);
CREATE INDEX changes_device ON changes (device, id);

-- RPCs that somebody wants carried out.
CREATE TABLE jobs (
    id BIGINT PRIMARY KEY,                                  -- grows with time
    device BIGINT NOT NULL REFERENCES devices (key),        -- the device's key
    rpc TEXT COLLATE "C" NOT NULL,                          -- by the standard's name
    arguments BYTEA NOT NULL,                               -- sealed JSON
    fingerprint BYTEA NOT NULL,                             -- the same for the same RPC with the same arguments
    created DOUBLE PRECISION NOT NULL,                      -- when it was accepted
    reason TEXT COLLATE "C" NOT NULL,                       -- why, in words
    automatic INTEGER NOT NULL,                             -- 1: the appliance wants it, not a person
    urgent INTEGER NOT NULL,                                -- 1: before everything else, and wake the device
    state TEXT COLLATE "C" NOT NULL,                        -- queued, sent, done, failed, expired or cancelled
    requested_by TEXT COLLATE "C" NOT NULL,                 -- user or token
    command_key TEXT COLLATE "C" NOT NULL,                  -- what TransferComplete and the like will bring back
    expires DOUBLE PRECISION,                               -- not to be sent after that
    attempts INTEGER NOT NULL,                              -- how often the RPC went out
    uncertain INTEGER NOT NULL,                             -- 1: sent in a session that was lost, not to be repeated
                                                            -- unasked
    sent DOUBLE PRECISION,                                  -- when it last went out
    ended DOUBLE PRECISION,                                 -- when it left queued and sent
    session BIGINT,                                         -- the session that it was sent in
    result BYTEA,                                           -- sealed JSON: the response's arguments
    fault BYTEA                                             -- sealed JSON: the fault's
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
    id BIGINT PRIMARY KEY,                                  -- grows with time: the order of beginning
    settled INTEGER NOT NULL,                               -- 0 at first; 1: counted in the table presence if it has
                                                            -- ended, and found by the indexes in which each one touches
                                                            -- another page: settled many at a time they share those
                                                            -- pages, and appending stays cheap
    device BIGINT,                                          -- NULL: a message that was refused before it could open a session
    started DOUBLE PRECISION NOT NULL,                      -- when the Inform arrived
    ended DOUBLE PRECISION,                                 -- when the last message went out; NULL where the appliance
                                                            -- stopped before
    client_ip TEXT COLLATE "C" NOT NULL,                    -- where it called from
    client_ip_verified INTEGER NOT NULL,                    -- 1: that address may be this device
    verified_by TEXT COLLATE "C" NOT NULL,                  -- the policy that said so
    listener TEXT COLLATE "C" NOT NULL,                     -- name of the listener it called
    events TEXT COLLATE "C" NOT NULL,                       -- event codes, JSON
    cwmp_version TEXT COLLATE "C" NOT NULL,                 -- CWMP version spoken
    cwmp_version_source TEXT COLLATE "C" NOT NULL,          -- how that was inferred
    root_data_model TEXT COLLATE "C" NOT NULL,              -- as its device's then was
    root_data_model_source TEXT COLLATE "C" NOT NULL,       -- how that was inferred
    quirks TEXT COLLATE "C" NOT NULL,                       -- quirks in force, JSON
    device_uptime BIGINT,                                   -- seconds, as the device reports
    result TEXT COLLATE "C" NOT NULL,                       -- open, success or failed
    failure TEXT COLLATE "C" NOT NULL,                      -- the point where it stopped, in words
    last_rpc TEXT COLLATE "C" NOT NULL,                     -- the last one that was said
    requests INTEGER NOT NULL,                              -- HTTP requests
    responses INTEGER NOT NULL,                             -- HTTP responses
    bytes_in BIGINT NOT NULL,                               -- bytes of the requests' bodies
    bytes_out BIGINT NOT NULL                               -- bytes of the responses' bodies
) PARTITION BY RANGE (id);
CREATE TABLE sessions_rest PARTITION OF sessions DEFAULT;
CREATE INDEX sessions_unsettled ON sessions (id) WHERE settled = 0;
CREATE INDEX sessions_open ON sessions (id) WHERE result = 'open';
CREATE INDEX sessions_device ON sessions (device, id) WHERE settled = 1;
CREATE INDEX sessions_client_ip ON sessions (client_ip, id) WHERE settled = 1;
CREATE INDEX sessions_client_ip_verified ON sessions (client_ip_verified, id) WHERE settled = 1;
CREATE INDEX sessions_result ON sessions (result, id) WHERE settled = 1;
CREATE INDEX sessions_listener ON sessions (listener, id) WHERE settled = 1;

-- What was said in a session; goes before the session's row does.
CREATE TABLE conversations (
    session BIGINT PRIMARY KEY,                             -- its id
    document BYTEA,                                         -- sealed (acs.store.archive); NULL: it lies in
    segment BIGINT NOT NULL,                                -- this file of an archive: none here, so 0
    position BIGINT NOT NULL,                               -- at this byte
    size BIGINT NOT NULL                                    -- in so many bytes
) PARTITION BY RANGE (session);
CREATE TABLE conversations_rest PARTITION OF conversations DEFAULT;
-- Sealed bytes cannot be compressed.
ALTER TABLE conversations ALTER COLUMN document SET STORAGE EXTERNAL;
ALTER TABLE parameters ALTER COLUMN document SET STORAGE EXTERNAL;

-- API tokens.
CREATE TABLE tokens (
    name TEXT COLLATE "C" PRIMARY KEY,                      -- what people call it
    role TEXT COLLATE "C" NOT NULL,                         -- viewer, support, operator or admin
    digest TEXT COLLATE "C" NOT NULL UNIQUE,                -- SHA-256 of the token, hexadecimal
    created DOUBLE PRECISION NOT NULL,                      -- when
    expires DOUBLE PRECISION,                               -- not good after that; NULL: good for ever
    last_used DOUBLE PRECISION                              -- to the minute
);

-- People who may log in.
CREATE TABLE users (
    name TEXT COLLATE "C" PRIMARY KEY,                      -- what they log in as
    role TEXT COLLATE "C" NOT NULL,                         -- viewer, support, operator or admin
    password TEXT COLLATE "C" NOT NULL,                     -- argon2 hash in its own format
    created DOUBLE PRECISION NOT NULL                       -- when
);
