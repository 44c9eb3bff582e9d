"""What the console is drawn with, each file under a name that changes with its content."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from acs.web.appliance import Appliance
from acs.web.people.areas import Area
from acs.web.people.restrictions import OPEN
from acs.web.serving.answers import Answer
from acs.web.serving.calls import Call
from acs.web.serving.problems import Problem
from acs.web.serving.routing import Content, Routes

routes = Routes("/static", Area.EVERYBODY, OPEN)

TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_BYTES = {"type": "string", "format": "binary"}


@cache
def _contents() -> dict[str, bytes]:
    """All files, by name."""
    folder = files("acs.web.console") / "static"
    return {
        each.name: each.read_bytes() for each in folder.iterdir() if each.name.rpartition(".")[2] in TYPES
    }


@cache
def url(name: str) -> str:
    """Where a file is to be had: its name, with a checksum of what is in it."""
    return f"/static/{hashlib.sha256(_contents()[name]).hexdigest()[:16]}/{name}"


@routes.add("GET", "/{checksum}/{name}", None, {200: Content(_BYTES, "text/css")})
async def read(appliance: Appliance, call: Call) -> Answer:
    """One file, as long as it is the one that is meant."""
    name = call.path["name"].text
    if name not in _contents() or call.target != url(name):
        raise Problem(404, "there is nothing at this path")
    return Answer(200, _contents()[name], TYPES[name.rpartition(".")[2]], _FOREVER)
