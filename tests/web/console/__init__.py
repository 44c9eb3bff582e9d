"""Tests of the console's pages, in memory."""
