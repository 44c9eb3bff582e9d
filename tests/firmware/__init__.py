"""Tests of the files for devices."""
