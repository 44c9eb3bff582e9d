"""Tests of `acs.hypertext`."""
