"""The objects of the API that tell what is wanted of devices."""

from __future__ import annotations

from acs.configuration.document import write_document
from acs.store.records import Scope
from acs.web.objects.shapes import FLAG, KNOWN, NUMBER, OPTIONAL, TEXT, Kind, Member, Shape, one_of

_ORIGIN = Kind(
    {
        "type": ["object", "null"],
        "properties": {"scope": {"type": "string"}, "name": {"type": "string"}},
        "required": ["scope", "name"],
    },
    lambda origin: origin,
)

CONFIGURATION = Shape(
    "Configuration",
    (
        Member("scope", one_of(*Scope)),
        Member("name", TEXT, description="Which of these: `default` of all, a device's id."),
        Member("level", TEXT, description="When it was last changed, in UTC."),
        Member("changed_by", KNOWN),
        Member("parameters", Kind({"type": "object"}, dict), description="By path."),
    ),
)

ENTRY = Shape(
    "ConfigurationEntry",
    (
        Member("name", TEXT, description="The parameter's full path."),
        Member("value", OPTIONAL, description="Null where only the notification is meant."),
        Member("held", OPTIONAL, description="What the device had when it last told."),
        Member("type", KNOWN),
        Member("notify", KNOWN),
        Member("bootstrap_only", FLAG),
        Member("secret", FLAG),
        Member("owner", KNOWN),
        Member("source", _ORIGIN, description="The configuration that the value is from."),
        Member("notify_source", _ORIGIN, description="The same of the notification, where that is another."),
        Member("differs", FLAG, description="Whether the device is not known to be as this wants it."),
        Member("problem", KNOWN, description="Why nothing comes of it; null where that is not known."),
    ),
)

PREVIEWED = Shape(
    "",
    (
        Member("name", TEXT, description="The parameter's full path, or a logical name that has none."),
        Member("before", OPTIONAL, description="The value that is wanted of it so far."),
        Member("value", OPTIONAL, description="The value that would be wanted; null: none any more."),
        Member("held", OPTIONAL, description="What the device had when it last told."),
        Member("source", _ORIGIN, description="The configuration that the value would be from."),
        Member("bootstrap_only", FLAG),
        Member("changed", FLAG, description="Whether something else is wanted of it than so far."),
        Member(
            "due",
            one_of("set", "notify", "missing", "read_only", null=True),
            description="What the next session would do: set its value, or its notification alone; it is"
            " `missing` in the device, or there but `read_only`; null: nothing, as far as that can be seen.",
        ),
        Member("problem", KNOWN, description="Why nothing comes of it; null where that is not known."),
    ),
)
PREVIEW = Shape(
    "ConfigurationPreview",
    (
        Member("applies", FLAG, description="Whether the device is among those of the configuration."),
        Member("same", NUMBER, description="How many entries there are besides: as before, nothing due."),
        Member(
            "entries",
            Kind({"type": "array", "items": PREVIEWED.schema}, list),
            description="Those that would change, and those that would have the device told something.",
        ),
    ),
)

LEFT_OUT = Member(
    "left_out",
    Kind(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "reason": {"type": "string"}},
                "required": ["name", "reason"],
            },
        },
        lambda left_out: [{"name": name, "reason": reason} for name, reason in left_out.items()],
    ),
    description="What the replacement does not get, and why.",
)

BACKUP = Shape(
    "Backup",
    (
        Member("parameters", Kind({"type": "object"}, write_document), "entries", "By logical name or path."),
        LEFT_OUT,
    ),
)
