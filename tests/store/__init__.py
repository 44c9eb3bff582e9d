"""Tests of the store: what every database must do in `contract`, what SQLite and the parts do beside it."""
