"""Whether a value may be given to a parameter of a simulated device."""

from __future__ import annotations

from acs.cwmp.lexical import has_form, objection
from acs.simulate.model import Entry

WRONG_TYPE = 9006
WRONG_VALUE = 9007


def refusal(entry: Entry, declared: str, value: str) -> int | None:
    """The fault code for a value; None where it may be set.

    ``declared`` is the type that came with it, such as ``xsd:string``, "" where none came.
    """
    if declared and declared.rpartition(":")[2] != entry.type:
        return WRONG_TYPE
    allowed = has_form(entry.type, value) and (entry.syntax is None or not objection(entry.syntax, value))
    return None if allowed else WRONG_VALUE
