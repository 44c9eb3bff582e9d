"""Alarms about what no session shows: what is looked at from time to time, raised once, ended by itself."""
