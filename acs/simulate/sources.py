"""Where models come from: those that come with the simulator by name, others from files of three forms."""

from __future__ import annotations

import json
from pathlib import Path

from acs.simulate import forum, saved, shipped
from acs.simulate.model import Model, ModelProblem


def load(source: str) -> Model:
    """The model of that name, or in that file; raises `ModelProblem`.

    A file is a model in the simulator's own form, a device's parameters as the API gives them, or a whole
    data model of the Broadband Forum; its content tells which.
    """
    data = shipped.text_of(source)
    return read(source, _file(source) if data is None else data)


def read(source: str, data: bytes) -> Model:
    """The model in the bytes of a file; raises `ModelProblem` naming ``source``."""
    start = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start == b"<":
        return forum.read(source, data)
    if start not in (b"{", b"["):
        raise ModelProblem(source, "neither JSON nor XML")
    try:
        given = json.loads(data)
    except ValueError as error:
        raise ModelProblem(source, f"not JSON: {error}") from None
    items = given.get("items") if isinstance(given, dict) else given
    if isinstance(items, list):
        return saved.read(source, items)
    return shipped.read(source, given)


def _file(source: str) -> bytes:
    try:
        return Path(source).read_bytes()
    except OSError as error:
        known = f"; known by name: {', '.join(shipped.names())}" if "/" not in source else ""
        raise ModelProblem(source, f"{error.strerror or error}{known}") from None
