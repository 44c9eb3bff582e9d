"""How the API writes what devices have uploaded."""

from __future__ import annotations

from acs.web.objects.shapes import ID, KNOWN, NUMBER, TIME, Member, Shape

UPLOAD = Shape(
    "Upload",
    (
        Member("job", ID, description="The job for which it came, by which it is asked for."),
        Member("name", KNOWN, description="What the device calls it; null: it did not say."),
        Member("file_type", KNOWN, description="As in the Upload RPC; null: not known."),
        Member("size", NUMBER, description="In bytes."),
        Member("sha256", KNOWN, description="In hexadecimal."),
        Member("time", TIME, description="When it had come."),
    ),
)
