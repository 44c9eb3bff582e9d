"""Simulated CPEs: the CPE role of the protocol over a parameter tree, for demonstration, tests and load."""
