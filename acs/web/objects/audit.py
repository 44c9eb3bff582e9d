"""How the API writes who has changed what."""

from __future__ import annotations

import orjson

from acs.web.objects.shapes import ID, KNOWN, NUMBER, TEXT, TIME, Kind, Member, Shape

_SIDE = Kind({}, orjson.loads)
_TOLD = "without secrets; null: nothing is told."

AUDITED = Shape(
    "Audited",
    (
        Member("id", ID),
        Member("time", TIME),
        Member(
            "who",
            TEXT,
            description="`user:`, `token:` or, of the machine, `local:` with a name.",
        ),
        Member("address", KNOWN, description="Where it came from; null for the machine itself."),
        Member("method", TEXT, description="As in HTTP."),
        Member("target", TEXT, description="The path in this API."),
        Member("status", NUMBER, description="What was answered; 403: it was not allowed."),
        Member("before", _SIDE, description=f"The members that were others, {_TOLD}"),
        Member("after", _SIDE, description=f"The same as they are since, or what was made, {_TOLD}"),
    ),
)
