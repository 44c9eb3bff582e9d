"""Tests of the TFTP server."""
