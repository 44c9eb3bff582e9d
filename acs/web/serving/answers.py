"""What a route answers: status, body, headers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from acs.web.serving.schema import JSON


class Streamed(Protocol):
    """A body that is sent bit by bit, as long as there is something to send."""

    def begin(self, request: Any, admitted: Callable[[], Awaitable[object]]) -> None:
        """Write it to a request whose headers are set, and finish that; ``admitted`` raises `Problem` where
        who asks may not any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response, or with a ``stream`` the beginning of one; ``headers`` are those that not every
    response has, ``reason`` stands behind the status where that is not to be the usual one.  ``unlogged`` are
    members of the JSON in it that the audit log must not have, ``noted`` is what it has instead of that JSON;
    with ``dry`` nothing was changed, whatever was asked for; ``who`` asked, where that was not known before.
    """

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Streamed | None = None
    unlogged: tuple[str, ...] = ()
    noted: JSON = None
    dry: bool = False
    who: str = ""
    reason: str = ""

    @property
    def json(self) -> JSON:
        """The document in it; None for none."""
        return orjson.loads(self.body) if self.content_type == "application/json" and self.body else None


def of_json(value: JSON, status: int = 200, location: str | None = None, *, dry: bool = False) -> Answer:
    """A JSON document; with ``location``, where the thing that was made can be had."""
    headers = {"Location": location} if location else {}
    return Answer(status, orjson.dumps(value), "application/json", headers, dry=dry)


NOTHING = Answer(204)
"""Done, and nothing to say."""
