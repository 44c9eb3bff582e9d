"""Tests of acs.quirks."""
