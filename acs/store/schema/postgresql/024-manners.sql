-- What many sessions have in common stands once: of a hundred thousand devices most say the same each time.
CREATE TABLE manners (
    number INTEGER PRIMARY KEY,                             -- in the order of being seen often; none is ever removed
    verified_by TEXT COLLATE "C" NOT NULL,                  -- each as in the table sessions
    events TEXT COLLATE "C" NOT NULL,                       -- likewise
    cwmp_version TEXT COLLATE "C" NOT NULL,                 -- likewise
    cwmp_version_source TEXT COLLATE "C" NOT NULL,          -- likewise
    root_data_model TEXT COLLATE "C" NOT NULL,              -- likewise
    root_data_model_source TEXT COLLATE "C" NOT NULL,       -- likewise
    quirks TEXT COLLATE "C" NOT NULL,                       -- likewise
    last_rpc TEXT COLLATE "C" NOT NULL                      -- likewise
);
CREATE UNIQUE INDEX manners_whole ON manners
    (verified_by, events, cwmp_version, cwmp_version_source, root_data_model, root_data_model_source, quirks, last_rpc);
-- Where a session has a manner, its own columns of these names are '', and it is that manner's which hold.
ALTER TABLE sessions ADD COLUMN manner INTEGER;             -- its number; NULL where it has none
-- How they ended as a number, as in SQLite's schema, where that is shorter.
DROP INDEX sessions_result;
CREATE INDEX sessions_result ON sessions ((CASE result WHEN 'success' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END), id) WHERE settled = 1;
