"""Secrets, hidden from all but an operator who asks to see them.

Which they are is for `acs.configuration.secrecy` to say.  An empty value is shown: it hides nothing, and that
a password is not set is worth knowing.
"""

from __future__ import annotations

from twisted.logger import Logger

from acs.configuration.secrecy import is_secret
from acs.store.records import Role
from acs.web.people.authentication import Principal
from acs.web.serving.calls import Call, Param
from acs.web.serving.problems import Problem

MASK = "********"
"""What stands for a secret."""

SHOW = Param(
    "secrets",
    {"type": "boolean", "default": False},
    f"Show passwords and the like, which are {MASK} otherwise. Needs the role operator; each use is logged.",
)
"""The parameter of every route whose answer may hold secrets."""

ITSELF = Principal("-", Role.ADMIN)
"""The appliance, which looks at a thing as a whole and shows that to nobody."""

log = Logger()


def shown(call: Call) -> bool:
    """Whether the caller asks to see secrets, which is logged; raises `Problem` 403 where they may not."""
    if not call.query["secrets"]:
        return False
    if call.principal is ITSELF:
        return True
    if not call.principal.may(Role.OPERATOR):
        raise Problem(403, "secrets are shown to the role operator or a higher one")
    log.info("{who} reads with secrets shown: {path}", who=call.principal.name, path=ascii(call.target))
    return True


def masked(name: str, value: str | None) -> str | None:
    """A parameter's value as it may be shown."""
    return MASK if value and is_secret(name) else value
