"""Tests of `acs.hooks`."""
