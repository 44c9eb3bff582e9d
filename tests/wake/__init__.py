"""Tests of the ways to wake a device."""
