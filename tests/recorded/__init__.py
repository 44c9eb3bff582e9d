"""Sessions of devices that needed something, each with its test: see docs/contributing.rst."""
