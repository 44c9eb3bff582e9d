"""What a user of the command line may expect to go wrong: told in one line, never as a traceback."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class CommandFailed(Exception):
    """The command cannot do what it was asked; ``status`` is what the process exits with."""

    reason: str
    status: int = 1

    def __str__(self) -> str:
        return self.reason


@dataclass
class ApiError(CommandFailed):
    """The appliance refused a request; ``code`` is the HTTP status of its answer."""

    code: int = 0
