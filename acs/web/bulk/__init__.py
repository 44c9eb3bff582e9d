"""What is done to many devices at once, in the background, a few of them at a time."""
