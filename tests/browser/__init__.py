"""The console as people use it, in a real browser in front of a whole appliance."""
