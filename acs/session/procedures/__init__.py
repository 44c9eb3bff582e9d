"""What the ACS does with a device, a procedure a file: each a short coroutine that does nothing when
nothing is due."""
