"""Those who use the appliance: users with their passwords, programs with their tokens."""

from __future__ import annotations

from acs.store.records import Role
from acs.web.console.asking import Ask
from acs.web.console.pages import Pages, Values
from acs.web.people.areas import SCOPES
from acs.web.serving.calls import Call
from acs.web.serving.schema import JSON

pages = Pages()

MAY = {
    Role.VIEWER: "sees everything but secrets",
    Role.SUPPORT: "also wakes, reboots, sets parameters, runs diagnostics",
    Role.OPERATOR: "also firmware, configurations, campaigns, secrets",
    Role.ADMIN: "also people, tokens, the audit log",
}
"""What each role may, in a line."""


@pages.add("/people", "people.html", Role.ADMIN)
async def people(ask: Ask, call: Call) -> Values:
    """Users and tokens."""
    return {
        "users": await ask.all("users"),
        "tokens": await ask.all("tokens"),
        "roles": [(role.value, words) for role, words in MAY.items()],
        "scopes": SCOPES,
        "sees": sees,
    }


def sees(only: JSON) -> str:
    """Which devices are there for somebody."""
    if only is None:
        return "all devices"
    kinds = (
        (f"tagged {', '.join(only['tags'])}", only["tags"]),
        (f"of {', '.join(only['models'])}", only["models"]),
    )
    return " and ".join(words for words, given in kinds if given)
