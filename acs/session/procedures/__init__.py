"""What the ACS does with a device, a procedure a file.

Each is a short coroutine that does nothing when nothing is due.
"""
