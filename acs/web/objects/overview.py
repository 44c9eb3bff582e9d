"""The objects of the API that tell how things are altogether."""

from __future__ import annotations

from acs.web.objects.shapes import NUMBER, TIME, Kind, Member, Shape

MINUTE = Shape(
    "Minute",
    (
        Member("time", TIME, description="When it ended."),
        Member("success", NUMBER, description="Sessions that went well."),
        Member("failed", NUMBER, description="Sessions that failed."),
        Member("refused", NUMBER, description="Messages that were refused before they were a session's."),
        Member("informs", NUMBER),
        Member("open", NUMBER, description="Sessions that were open when it ended."),
    ),
)

_JOBS = Kind(
    {"type": "object", "description": "Numbers of jobs.", "additionalProperties": {"type": "integer"}}, dict
)
_MINUTES = Kind({"type": "array", "items": MINUTE.reference}, list)

OVERVIEW = Shape(
    "Overview",
    (
        Member("time", TIME, description="When it was counted."),
        Member("devices", NUMBER),
        Member("online", NUMBER, lambda counts: 0, "Those whose last Inform came within a day."),
        Member("failing", NUMBER, lambda counts: 0, "Those whose last session failed."),
        Member("behind", NUMBER, lambda counts: 0, "Those below their desired configuration level."),
        Member("problems", NUMBER, lambda counts: 0, "Those that cannot be brought to it."),
        Member("jobs", _JOBS, description="Those that wait, or await an answer, by state."),
        Member("minutes", _MINUTES, lambda counts: (), "The last three hours, on the machine that is asked."),
    ),
)
