"""Why something is not as it is wanted, by its path."""

from __future__ import annotations

Problems = dict[str, str]
"""Reasons as clauses by the paths that they are about, "" for the whole."""

LONGEST_LINE = 500
"""How many characters of one are told: what a device says of it may be as long as it likes."""


def lines_of(problems: Problems) -> tuple[str, ...]:
    """A line for each."""
    said = (f"{path}: {reason}" if path else reason for path, reason in problems.items())
    return tuple(line[:LONGEST_LINE] for line in said)
