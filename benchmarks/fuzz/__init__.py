"""Fuzzing of all that reads what devices send: ``python -m benchmarks.fuzz`` (see ``__main__``)."""
