"""How the API writes views of lists."""

from __future__ import annotations

from acs.web.objects.shapes import TEXT, TIME, Member, Shape

VIEW = Shape(
    "View",
    (
        Member("name", TEXT),
        Member("query", TEXT, description="That of the address /devices."),
        Member("changed", TIME, description="When it was kept."),
    ),
)
