"""Tests of `acs.cwmp`."""
