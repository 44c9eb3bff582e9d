-- Messages that were refused before they told their device, the newest of which are few among all sessions.
CREATE INDEX sessions_rejected ON sessions (id) WHERE device IS NULL AND settled = 1;
