-- What the conversations of this appliance's own devices have in common, for their compression.
-- What was packed with one is unpacked with it: none is ever removed.
CREATE TABLE dictionaries (
    number INTEGER PRIMARY KEY,      -- how what was packed with it says so: from 10000 on, the shipped ones are below
    made DOUBLE PRECISION NOT NULL,  -- when it was trained
    document BYTEA NOT NULL          -- sealed: it holds pieces of conversations
);
