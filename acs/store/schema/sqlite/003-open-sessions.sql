-- At each start the sessions that were left open are looked for: few, among all that are kept.
CREATE INDEX sessions_open ON sessions (id) WHERE result = 'open';
