"""A list as the body of an answer, made an item at a time, as fast as the client takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.web.serving.downloads import PiecesBody

log = Logger()


class ListBody(PiecesBody):
    """``items`` gives each as the bytes of its JSON."""

    def __init__(self, items: AsyncIterator[bytes]) -> None:
        super().__init__(partial(_list_of, items))

    def told(self, reason: Failure) -> None:
        log.failure("a list ends early", reason)


async def _list_of(items: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    before = b"[\n"
    async for item in items:
        yield before + item
        before = b",\n"
    yield (b"[\n" if before == b"[\n" else b"") + b"\n]"
