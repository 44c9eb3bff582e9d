"""The web for people and programs: the REST API on plain twisted.web, and what the console will stand on."""
