"""The objects of the API that tell of many devices: vendors, models, categories, profiles."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import to_builtins

from acs.store.records import Count, ProfileScope
from acs.web.objects.shapes import KNOWN, LIST, NUMBER, TEXT, Kind, Member, Shape, one_of
from acs.web.serving.schema import JSON


def _field(name: str) -> Callable[[Count], JSON]:
    return lambda count: count.fields[name]


_COUNTS = Kind(
    {"type": "object", "description": "Numbers of devices.", "additionalProperties": {"type": "integer"}},
    dict,
)
_PATHS = Kind({"type": "object", "additionalProperties": {"type": "string"}}, dict)
_TRACKED = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "path": {"type": "string"},
                "every": {"type": "integer"},
                "history": {"type": "boolean"},
            },
            "required": ["path", "every", "history"],
        },
    },
    to_builtins,
)

_UPGRADES = Kind(
    {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("from", "through", "to")},
            "required": ["from", "through", "to"],
        },
    },
    to_builtins,
)
_VERSION_OF = Member(
    "desired_software_version",
    KNOWN,
    _field("desired_software_version"),
    "The version that its devices are to run.",
)

_FORCED = Member(
    "quirks",
    Kind({"type": "object", "additionalProperties": {"type": "boolean"}}, dict),
    description="Quirks that were said to be in force for all of its devices, or not.",
)
_LEVEL_OF = Member("desired_config_level", KNOWN, description="That of its own configuration.")
_OF_ITS_PROFILE = (
    Member("parameter_map", _PATHS, _field("parameter_map"), "Its paths by logical name."),
    Member("tracked", _TRACKED, _field("tracked"), "What is read of its devices again and again."),
    Member("vendor_file", KNOWN, _field("vendor_file"), "URL of its vendor configuration file."),
    _VERSION_OF,
)

VENDOR = Shape(
    "Vendor",
    (
        Member("name", TEXT, description="The Manufacturer."),
        Member("devices", NUMBER),
        Member("ouis", LIST, _field("ouis")),
        Member("models", LIST, _field("models"), "Product classes."),
        _FORCED,
        _LEVEL_OF,
        *_OF_ITS_PROFILE,
    ),
)

MODEL = Shape(
    "Model",
    (
        Member("name", TEXT, description="Manufacturer/ProductClass."),
        Member("devices", NUMBER),
        Member("manufacturer", TEXT, _field("manufacturer")),
        Member("product_class", TEXT, _field("product_class")),
        Member("category", KNOWN, _field("category"), "That of its devices which have none of their own."),
        Member("software_versions", _COUNTS, _field("software_versions")),
        Member("root_data_models", _COUNTS, _field("root_data_models")),
        _FORCED,
        _LEVEL_OF,
        *_OF_ITS_PROFILE,
        Member("upgrade_paths", _UPGRADES, _field("upgrade_paths"), "Through which versions others are got."),
    ),
)

CATEGORY = Shape("Category", (Member("name", TEXT), Member("devices", NUMBER), _LEVEL_OF, _VERSION_OF))

VERSION = Shape(
    "Version",
    (
        Member("name", TEXT, description="The software version; empty: they have told none."),
        Member("devices", NUMBER),
        Member("failed", NUMBER, _field("failed"), "How many of them had their last session fail."),
        Member("stopped", NUMBER, _field("stopped"), "How many cannot be brought to their level."),
    ),
)

TAG = Shape("Tag", (Member("name", TEXT), Member("devices", NUMBER)))

PROFILE = Shape(
    "Profile",
    (
        Member("scope", one_of(*ProfileScope)),
        Member("name", TEXT, description="Which of these: `default` of all, `Device.` of data models."),
        Member("category", KNOWN, description="A model's: that of its devices which have none of their own."),
        Member("parameter_map", _PATHS, description="Paths by logical name."),
        Member("tracked", _TRACKED, description="What is read again and again."),
        Member("vendor_file", KNOWN, description="URL of a vendor configuration file for its devices."),
        Member("desired_software_version", KNOWN, description="The version that its devices are to run."),
        Member("upgrade_paths", _UPGRADES, description="A model's: through which versions others are got."),
        Member("level", KNOWN, description="When category or map were last changed, in UTC."),
    ),
)
