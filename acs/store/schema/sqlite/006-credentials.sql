-- What each device authenticates itself with, where its listener wants that.
CREATE TABLE credentials (
    device INTEGER PRIMARY KEY REFERENCES devices (key), -- the device's key
    document BLOB NOT NULL,                              -- sealed JSON: user name, password, whether the device has used them, and those before
    updated REAL NOT NULL                                -- when they were last changed
);
