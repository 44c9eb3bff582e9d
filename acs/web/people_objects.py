"""Those who use the appliance, as the API shows them."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.shapes import FLAG, TEXT, TIME, Kind, Member, Shape, one_of

_ROLE = one_of(*Role)
_CSRF = Member("csrf", TEXT, description='What X-CSRF-Token has to hold; "" for a token, which needs none.')
ONLY = Kind({"type": ["object", "null"]}, lambda only: only)

TOKEN = Shape(
    "Token",
    (
        Member("name", TEXT),
        Member("role", _ROLE),
        Member("created", TIME),
        Member("expires", TIME),
        Member("last_used", TIME),
    ),
)

USER = Shape("User", (Member("name", TEXT), Member("role", _ROLE), Member("created", TIME)))

ENTERED = Shape("Entered", (Member("name", TEXT), Member("role", _ROLE), _CSRF))

ME = Shape(
    "Me",
    (
        Member("kind", one_of("user", "token")),
        Member("name", TEXT),
        Member("role", _ROLE),
        _CSRF,
        Member("only", ONLY, description="The devices that are there for who asks; null: all."),
        Member("second_factor", FLAG, description="Whether the user has one."),
    ),
)
