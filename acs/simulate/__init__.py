"""Simulated CPEs: the CPE role of the protocol over a parameter tree.

They are for demonstration, tests and load.
"""
