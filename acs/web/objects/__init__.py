"""How the API writes things: a table of members for each."""
