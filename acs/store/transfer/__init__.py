"""The whole contents of a store as one file, and such a file as the contents of a store."""
