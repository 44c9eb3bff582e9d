"""Hours of a whole day's work, mixed, at a fixed rate: does anything grow, get slower, or get lost?"""
