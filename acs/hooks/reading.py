"""Reads what was answered, which may be anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from acs.configuration.document import DocumentError, Entry, read_document
from acs.configuration.levels import level_of
from acs.cwmp.markup import printable
from acs.hooks.errors import HookFailed
from acs.hooks.values import Related

MOST_FACTS = 1000
LONGEST_FACT = 65_536
LONGEST_ID = 256
"""In characters."""

_FACT = re.compile(r"[a-z0-9_]{1,64}")


def related_of(answer: object) -> Related | None:
    """The answer to ``find_related``; raises `HookFailed`."""
    if answer is None:
        return None
    if isinstance(answer, Related):
        answer = {"id": answer.id, "facts": answer.facts, "level": answer.level}
    if not isinstance(answer, Mapping):
        raise HookFailed(f"the related device is {_kind(answer)}")
    if unknown := sorted(set(map(str, answer)) - {"id", "facts", "level"}):
        raise HookFailed(f"the related device has a member {unknown[0][:40]!r}")
    return Related(_id(answer.get("id")), _facts(answer.get("facts") or {}), _level(answer.get("level")))


def truth_of(answer: object) -> bool:
    """The answer to a question that is answered by yes or no; raises `HookFailed`."""
    if not isinstance(answer, bool):
        raise HookFailed(f"the answer is {_kind(answer)}, not true or false")
    return answer


def entries_of(answer: object) -> dict[str, Entry] | None:
    """The answer to ``get_configuration``; raises `HookFailed`, without any value in it."""
    if answer is None:
        return None
    if not isinstance(answer, Mapping):
        raise HookFailed(f"the configuration is {_kind(answer)}")
    if not all(map(_has_names, (answer, *answer.values()))):
        raise HookFailed("the configuration has something else than text for a path, or a name")
    try:
        return read_document(answer)
    except DocumentError as error:
        path, reason = error.mistakes[0]
        raise HookFailed(f"the configuration: {str(path)[:100] or 'it'} {reason}") from None


def _has_names(value: object) -> bool:
    """Whether whatever is said in it by name has texts for names, as all JSON has."""
    return not isinstance(value, Mapping) or all(isinstance(name, str) for name in value)


def _id(given: object) -> str:
    # A number is an id in most databases.
    text = str(given) if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(text, str) or not text or len(text) > LONGEST_ID or printable(text) != text:
        raise HookFailed(f"the id of the related device is no text of 1 to {LONGEST_ID} characters")
    return text


def _facts(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping) or len(given) > MOST_FACTS:
        raise HookFailed(f"the facts are not up to {MOST_FACTS} texts by name")
    return {_name(name): _fact(name, value) for name, value in given.items() if value is not None}


def _name(name: object) -> str:
    if not isinstance(name, str) or not _FACT.fullmatch(name):
        raise HookFailed(f"a fact is called {str(name)[:40]!r}, which has more than a-z, 0-9 and _ in it")
    return name


def _fact(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, int) else value
    if not isinstance(text, str):
        raise HookFailed(f"the fact {name} is {_kind(value)}")
    if len(text) > LONGEST_FACT or printable(text) != text:
        raise HookFailed(f"the fact {name} is too long, or has a character that XML cannot carry")
    return text


def _level(given: object) -> str:
    """A time, or text of one in RFC 3339; "" and None for none."""
    if given is None or given == "":
        return ""
    try:
        time = given if isinstance(given, datetime) else datetime.fromisoformat(str(given))
        if time.tzinfo is not None:
            return level_of(time)
    except (ValueError, OverflowError):
        pass  # told below, as one without a zone is
    raise HookFailed("the level is no time with its zone, such as 2026-11-23T19:30:00Z")


def _kind(answer: object) -> str:
    """What something is, without what it says."""
    return {type(None): "nothing", str: "a text", bool: "true or false", int: "a number"}.get(
        type(answer), f"a {type(answer).__name__}"
    )
