"""What several parts have to know of HTTP, below them all: what clients do, how either side authenticates."""
