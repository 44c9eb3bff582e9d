-- The devices that may be below the level that is wanted of them.  No other one is, once all have been weighed.
CREATE TABLE below (
    device BIGINT PRIMARY KEY REFERENCES devices (key), -- the device's key
    changes BIGINT NOT NULL         -- how often it has changed since it was weighed; 0: it has been
);
CREATE INDEX below_changed ON below (device) WHERE changes > 0;
-- How far all devices have been weighed since something changed that is wanted of many.
CREATE TABLE weighing (
    number INTEGER PRIMARY KEY,      -- 1: it has one row
    upto BIGINT,                     -- up to the device of this key; NULL: all
    changes BIGINT NOT NULL         -- how often that has changed
);
INSERT INTO weighing (number, upto, changes) VALUES (1, -1, 0);
