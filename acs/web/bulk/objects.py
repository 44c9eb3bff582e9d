"""How the API writes what is done to many devices."""

from __future__ import annotations

from acs.store.records.bulks import BulkState
from acs.web.hiding.redaction import masked_json
from acs.web.objects.shapes import ID, KNOWN, NUMBER, TIME, Kind, Member, Shape, one_of

ACTIONS = ("job", "wake", "refresh", "patch", "reconfigure", "delete")

_REASONS = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"device": {"type": "string"}, "reason": {"type": "string"}},
            "required": ["device", "reason"],
        },
    },
    lambda reasons: [dict(zip(("device", "reason"), each.split(" ", 1), strict=True)) for each in reasons],
)
_WANTED = Kind({"type": "object"}, masked_json)

BULK = Shape(
    "Bulk",
    (
        Member("id", ID),
        Member("action", one_of(*ACTIONS)),
        Member("wanted", _WANTED, description="What was asked for, but for listed devices, without secrets."),
        Member(
            "state",
            one_of(*BulkState),
            description="`interrupted`: the appliance came to an end before it did.",
        ),
        Member("devices", NUMBER, description="To how many it is to be done."),
        Member("done", NUMBER, description="To how many it was done."),
        Member("refused", NUMBER, description="To how many it could not be done."),
        Member("reasons", _REASONS, description="Of the first hundred of these, why."),
        Member("created", TIME),
        Member("created_by", KNOWN),
        Member("ended", TIME),
    ),
)
