-- What many sessions have in common stands once: of a hundred thousand devices most say the same each time.
CREATE TABLE manners (
    number INTEGER PRIMARY KEY,             -- in the order of being seen often; none is ever removed
    verified_by TEXT NOT NULL,              -- each as in the table sessions
    events TEXT NOT NULL,                   -- likewise
    cwmp_version TEXT NOT NULL,             -- likewise
    cwmp_version_source TEXT NOT NULL,      -- likewise
    root_data_model TEXT NOT NULL,          -- likewise
    root_data_model_source TEXT NOT NULL,   -- likewise
    quirks TEXT NOT NULL,                   -- likewise
    last_rpc TEXT NOT NULL                  -- likewise
);
CREATE UNIQUE INDEX manners_whole ON manners
    (verified_by, events, cwmp_version, cwmp_version_source, root_data_model, root_data_model_source, quirks, last_rpc);
-- Where a session has a manner, its own columns of these names are '', and it is that manner's which hold.
ALTER TABLE sessions ADD COLUMN manner INTEGER; -- its number; NULL where it has none
-- How they ended as a number, which takes no byte of the index's rows.
DROP INDEX sessions_result;
CREATE INDEX sessions_result ON sessions (CASE result WHEN 'success' THEN 0 WHEN 'failed' THEN 1 ELSE 2 END) WHERE settled = 1;
