"""What the ACS does in a session, seen from the CPE's end of the line and from the store."""
