-- What each device authenticates itself with, where its listener wants that.
CREATE TABLE credentials (
    device BIGINT PRIMARY KEY REFERENCES devices (key), -- the device's key
    document BYTEA NOT NULL,                            -- sealed JSON: user name, password, whether the device has used them, and those before
    updated DOUBLE PRECISION NOT NULL                   -- when they were last changed
);
