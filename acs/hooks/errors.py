"""What can go wrong when the operator's systems are asked."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_REASON = 200
"""In characters: what another system says of its failures may be as long as it likes."""


class HookFailed(Exception):
    """There is no answer, or none that can be taken; the text says why, in one short line.

    Where the operator's own code raised something, that is its cause.
    """

    def __init__(self, reason: str) -> None:
        line = " ".join(reason.split())
        super().__init__("".join(each if each.isprintable() else "?" for each in line)[:LONGEST_REASON])


class BadHooks(Exception):
    """Hooks that cannot be had; ``problems`` has a key of the configuration and a reason for each."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {reason}" for key, reason in problems))
        self.problems = tuple(problems)
