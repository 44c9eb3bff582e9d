"""Tests of the REST API, over the whole site and a real store."""
