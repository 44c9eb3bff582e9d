"""What is wrong with a request."""

from __future__ import annotations


class BadRequest(Exception):
    """The bytes that came are no request that can be answered as asked.

    ``status`` is the HTTP status to answer with; ``reason`` is a short sentence for the log, with nothing in
    it that may be a secret (no header values).
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}"
