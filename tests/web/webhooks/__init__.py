"""Tests of messages to the operator's systems."""
