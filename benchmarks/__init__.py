"""Measurements of the appliance, one command each: `python -m benchmarks.NAME`."""
