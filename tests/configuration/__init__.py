"""Tests of acs.configuration."""
