"""Tests of `acs.simulate`."""
