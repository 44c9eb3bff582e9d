-- What the standard says of parameters: data models that were imported, each replaced as a whole.
CREATE TABLE datamodels (
    name TEXT PRIMARY KEY NOT NULL,  -- with its version, such as Device:2.11
    is_service INTEGER NOT NULL,        -- 1: of a service, whose paths begin at .Services.
    objects INTEGER NOT NULL,           -- how many objects it describes
    parameters INTEGER NOT NULL,        -- how many parameters
    forced_inform TEXT NOT NULL,     -- JSON: the patterns of what every Inform has
    imported DOUBLE PRECISION NOT NULL, -- seconds since 1970
    imported_by TEXT NOT NULL        -- user or token
);
-- Each object and parameter of each model.
CREATE TABLE definitions (
    path TEXT NOT NULL,              -- its pattern (acs.cwmp.definitions), such as Device.WiFi.SSID.{i}.SSID
    model TEXT NOT NULL,             -- the name of the model
    name TEXT NOT NULL,              -- the last of the path's names, in small letters, to be searched
    definition TEXT NOT NULL,        -- JSON: the rest (acs.cwmp.definitions: Definition)
    PRIMARY KEY (path, model)
) WITHOUT ROWID;
CREATE INDEX definitions_model ON definitions (model, path);
CREATE INDEX definitions_name ON definitions (name, path, model);
