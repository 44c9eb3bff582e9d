"""Tests of the file site."""
