"""What a route answers: status, body, headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from acs.web.schema import JSON


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response; ``headers`` are those that not every response has."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def of_json(value: JSON, status: int = 200, location: str | None = None) -> Answer:
    """A JSON document; with ``location``, where the thing that was made can be had."""
    headers = {"Location": location} if location else {}
    return Answer(status, orjson.dumps(value), "application/json", headers)


NOTHING = Answer(204)
"""Done, and nothing to say."""
