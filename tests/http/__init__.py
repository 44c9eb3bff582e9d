"""Tests of the HTTP/1.x server protocol."""
