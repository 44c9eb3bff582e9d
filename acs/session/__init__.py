"""What the ACS does in a session: the conversation as one coroutine, its procedures in order, its jobs."""
