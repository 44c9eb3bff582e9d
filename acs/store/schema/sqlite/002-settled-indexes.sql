-- The last indexes of the sessions that took each one in when it was appended take it in when it is settled, with
-- thousands of others: appending a session is a good part of what a session costs.
DROP INDEX sessions_client_ip_verified;
DROP INDEX sessions_result;
DROP INDEX sessions_listener;
CREATE INDEX sessions_client_ip_verified ON sessions (client_ip_verified) WHERE settled = 1;
CREATE INDEX sessions_result ON sessions (result) WHERE settled = 1;
CREATE INDEX sessions_listener ON sessions (listener) WHERE settled = 1;
