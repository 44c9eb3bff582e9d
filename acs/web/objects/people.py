"""Those who use the appliance, as the API shows them."""

from __future__ import annotations

from acs.store.records import Role
from acs.store.records.people import Only
from acs.web.objects.shapes import FLAG, LIST, TEXT, TIME, Kind, Member, Shape, one_of
from acs.web.serving.problems import Problem
from acs.web.serving.schema import JSON, FieldError, line, nullable, objects

_ROLE = one_of(*Role)
_CSRF = Member("csrf", TEXT, description='What X-CSRF-Token has to hold; "" for a token, which needs none.')
ONLY = Kind(
    {
        "type": ["object", "null"],
        "properties": {name: {"type": "array", "items": {"type": "string"}} for name in ("tags", "models")},
    },
    lambda only: only_of(only),
)
_ONLY = Member("only", ONLY, description="The devices that are there for them; null: all.")

TOKEN = Shape(
    "Token",
    (
        Member("name", TEXT),
        Member("role", _ROLE),
        Member("created", TIME),
        Member("expires", TIME),
        Member("last_used", TIME),
        Member("scopes", LIST, description="Where it serves; none: everywhere that its role does."),
        _ONLY,
    ),
)

USER = Shape("User", (Member("name", TEXT), Member("role", _ROLE), Member("created", TIME), _ONLY))

ENTERED = Shape("Entered", (Member("name", TEXT), Member("role", _ROLE), _CSRF))

ME = Shape(
    "Me",
    (
        Member("kind", one_of("user", "token")),
        Member("name", TEXT),
        Member("role", _ROLE),
        _CSRF,
        _ONLY,
        Member("second_factor", FLAG, description="Whether the user has one."),
        Member("confined", FLAG, description="Whether nothing may be done before a second factor is set up."),
    ),
)


def only_of(only: Only | None) -> JSON:
    """A restriction as the API writes it."""
    return None if only is None else {"tags": list(only.tags), "models": list(only.models)}


PASSWORD = {"type": "string", "minLength": 8, "maxLength": 1024}
"""What a password has to look like."""

_TEXT = {"type": "string"}
_SQUARES = {
    "type": "array",
    "items": _TEXT,
    "description": "The URI as a QR code, by rows: 1 is a dark square.",
}
SECRET = objects({"secret": _TEXT, "uri": _TEXT, "qr": _SQUARES}, ("secret", "uri", "qr"))
"""What an authenticator app is given, by hand or as a QR code."""

RECOVERY_CODES = objects(
    {"recovery_codes": {"type": "array", "items": {"type": "string"}}}, ("recovery_codes",)
)

ONLY_GIVEN = nullable(
    objects(
        {
            "tags": {"type": "array", "items": line(64, 1), "maxItems": 100},
            "models": {"type": "array", "items": line(512, 3), "maxItems": 100},
        },
        minProperties=1,
        description="Only devices with one of these tags are there for them, or of these models"
        " (Manufacturer/ProductClass), or with both what fits both; null: all.",
    )
)
"""What says it."""


def only_given(given: JSON) -> Only | None:
    """The restriction that a body has; raises `Problem` 422 for one that leaves nothing."""
    if given is None:
        return None
    tags, models = (tuple(dict.fromkeys(given.get(name, ()))) for name in ("tags", "models"))
    if not tags and not models:
        wrong = (FieldError("only", "must name a tag or a model; null: all devices"),)
        raise Problem(422, "the restriction is to nothing", wrong)
    return Only(tags, models)
