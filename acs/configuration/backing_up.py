"""A device's settings as a configuration document for the device that replaces it.

They are what its own configuration speaks of, what the subscriber may change, and what it holds of each
logical name; by logical name where there is one, so that the document serves another model too.  Of the rest
the scopes that the replacement is in have to speak.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import asdict, replace

from acs.configuration.addressing import numbered
from acs.configuration.comparing import same
from acs.configuration.document import DocumentError, Entry, read_document, write_document
from acs.configuration.naming import generality, is_logical, place_of
from acs.configuration.planning import Known
from acs.configuration.secrecy import is_secret
from acs.configuration.templates import names
from acs.cwmp.paths import absolute, sort_key

__all__ = ["Backup", "New", "Old", "back_up"]

ITS_OWN = "is how this device and the appliance know each other"
READ_ONLY = "the device does not let it be set"
UNSURE = "the device never told whether it can be set"
UNREAD = "the device never told what it is"
UNTOLD = "is a secret that the device does not tell"
THE_OPERATORS = "is the operator's, who wants another value"
BRACES = "has braces in which something would be filled in"
NO_NAME = "no logical name stands for it, and the models differ"
TWICE = "stands for the same parameter of the replacement as another one"

OF_ITS_NETWORK = "belongs to the device's own network, whose address (lan.address) does not go along"

_LAN = "lan.address"
_WITHIN_LAN = frozenset({"lan.dhcp.first", "lan.dhcp.last"})
"""Addresses that mean nothing in another network."""
_ITS_OWN = re.compile(
    r"ManagementServer\.(?:URL|Username|Password|ParameterKey|ConnectionRequest(?:URL|Username|Password)"
    r"|UDPConnectionRequestAddress|STUN(?:Username|Password))|XMPP\.Connection\..*"
)
_HIDDEN = re.compile(r"\**")
"""What devices answer for a secret: nothing, or asterisks."""
_NO_ROOT = "."
"""Stands for the root object of a device that never told which it has: paths stay relative."""
_NOTHING = Entry()


class Old(Struct, frozen=True):
    """The device that is replaced.

    ``root`` is its root object, "" where it never told; ``names`` has paths by logical name, ``known`` its
    parameters.  ``own`` is the document that is for it alone, ``wanted`` what all its scopes say, by absolute
    path, with names in values filled in.  ``at_level``: it has been brought to that; ``has_own``: to its own
    document at least.
    """

    root: str
    names: Mapping[str, str]
    known: Mapping[str, Known]
    own: Mapping[str, Entry]
    wanted: Mapping[str, Entry]
    at_level: bool
    has_own: bool


class New(Struct, frozen=True):
    """The device that replaces it: ``wanted`` without a document of its own; ``alike``: of the same model."""

    root: str
    names: Mapping[str, str]
    wanted: Mapping[str, Entry]
    alike: bool


class Backup(NamedTuple):
    """The entries for the replacement; and what is left out, by name or path, each with the reason."""

    entries: dict[str, Entry]
    left_out: dict[str, str]


class _LeftOut(Exception):
    """Something is not taken along; without a reason where nobody would miss it."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def back_up(old: Old, new: New) -> Backup:
    """What the replacement is to have of its own for it to be as the old device was.

    What the old one holds as its scopes have it is left to the replacement's, where these speak of it.
    """
    settings = _Settings(old, new)
    entries: dict[str, Entry] = {}
    left_out: dict[str, str] = {}
    for place in settings.places:
        try:
            target, entry = settings.taken(place)
        except _LeftOut as why:
            if why.reason:
                left_out[settings.names.get(place, place)] = why.reason
        else:
            entries[target] = entry
    return Backup(entries, left_out)


class _Settings:
    """What may be taken along from one device to another, by its place: an absolute path on the old one, or a
    logical name that stands for nothing there."""

    def __init__(self, old: Old, new: New) -> None:
        self.old = old
        self.new = new
        self.root = old.root or _NO_ROOT
        self.names = self._names()
        self.own = self._own()
        self.wanted = {self._named(path): entry for path, entry in old.wanted.items()}
        owned = (place for place, entry in self.wanted.items() if entry.owner == "subscriber")
        self.places = sorted({*self.own, *owned, *self.names}, key=sort_key)
        self._taken: set[str] = set()

    def _names(self) -> dict[str, str]:
        """Logical names by place; of several the first that the replacement has as well."""
        found: dict[str, str] = {}
        for name in sorted(self.old.names, key=lambda name: name not in self.new.names):
            found.setdefault(absolute(self.old.names[name], self.root), name)
        return found

    def _own(self) -> dict[str, Entry]:
        """The device's own document by place; what is said for this root alone stands before the rest."""
        found: dict[str, Entry] = {}
        for path in sorted(self.old.own, key=generality):
            place = self._named(place_of(path, self.root, self.old.names) or path)
            found[place] = _over(found.get(place, _NOTHING), self.old.own[path])
        return found

    def _named(self, path: str) -> str:
        """The place that has a logical name, where the path means an instance of it by what it is."""
        place = numbered(path, self.old.known)
        return place if place in self.names else path

    def taken(self, place: str) -> tuple[str, Entry]:
        """A setting as it is written for the replacement; raises `_LeftOut`."""
        target, unnamed = self._target(place)
        there = place_of(target, self.new.root or _NO_ROOT, self.new.names) if target else None
        entry = self._entry(place, self.new.wanted.get(there or "", _NOTHING))
        if not target:
            raise _LeftOut(unnamed)
        if there in self._taken:
            raise _LeftOut(TWICE)
        if entry.type and not self.new.alike:
            entry = replace(entry, type="")
        _refuse_unsound(target, entry)
        self._taken |= {there} if there else set()
        return target, entry

    def _target(self, place: str) -> tuple[str, str]:
        """The name or path for the replacement; "" and the reason where there is none."""
        name = place if is_logical(place) else self.names.get(place, "")
        if name:
            serves = name in self.new.names or not self.new.root
            return (name, "") if serves else ("", f"no map has {name} for the replacement")
        if not self.new.alike:
            return "", NO_NAME
        below = place.removeprefix(self.root)
        return (place if below == place else f".{below}"), ""

    def _entry(self, place: str, there: Entry) -> Entry:
        """What is said of a place; ``there`` is what the replacement's scopes say of it."""
        mine, wanted = self.own.get(place, _NOTHING), self.wanted.get(place, _NOTHING)
        held = self.old.known.get(numbered(place, self.old.known))
        named = mine is not _NOTHING or wanted.owner == "subscriber"
        if _ITS_OWN.fullmatch(place.partition(".")[2]):
            raise _LeftOut(ITS_OWN if named else "")
        if held is not None and held.writable is False and not mine.others:
            raise _LeftOut(READ_ONLY if named else "")
        secret = is_secret(place) or mine.secret or wanted.secret
        if not named and self._is_chosen(place):
            raise _LeftOut
        own = mine is not _NOTHING
        value = (self._own_value if own else self._held)(place, held, there, secret)
        entry = _over(_of_subscriber(wanted, there), mine)
        if value is None:
            return entry
        if not named and self._is_of_its_network(place):
            raise _LeftOut(OF_ITS_NETWORK)
        if mine.bootstrap_only or wanted.bootstrap_only or there.bootstrap_only:
            entry = replace(entry, bootstrap_only=False)  # it may have had its first contact already
        flagged = entry.secret or (secret and not is_secret(self.names.get(place, place)))
        return replace(entry, value=value, secret=flagged)

    def _is_chosen(self, place: str) -> bool:
        """Whether the device chooses this by itself: to set the channel that it has found would end that."""
        band, _, last = self.names.get(place, "").rpartition(".")
        switch = self.old.names.get(f"{band}.auto_{last}")
        held = self.old.known.get(numbered(absolute(switch, self.root), self.old.known)) if switch else None
        return held is not None and same(held.value or "", "true", "xsd:boolean")

    def _is_of_its_network(self, place: str) -> bool:
        goes_along = _LAN in self.old.names and (_LAN in self.new.names or not self.new.root)
        return self.names.get(place) in _WITHIN_LAN and not goes_along

    def _own_value(self, place: str, held: Known | None, there: Entry, secret: bool) -> str | None:
        """What the device's own document says, or what somebody has made of it since."""
        mine, wanted = self.own[place], self.wanted.get(place, _NOTHING)
        if mine.value is None:
            return self._held_or_none(place, held, there, secret) if place in self.names else None
        told = _told(held, secret)
        stands = told is None or not self.old.has_own or wanted.owner == "operator" or names(told)
        return mine.value if stands or _is_so(held, wanted) else told

    def _held_or_none(self, place: str, held: Known | None, there: Entry, secret: bool) -> str | None:
        try:
            return self._held(place, held, there, secret)
        except _LeftOut:
            return None

    def _held(self, place: str, held: Known | None, there: Entry, secret: bool) -> str | None:
        """What the device holds, where the replacement would not have it by its scopes."""
        wanted = self.wanted.get(place, _NOTHING)
        subscriber, spoken = wanted.owner == "subscriber", there.value is not None
        if held is None or held.value is None:
            raise _LeftOut(UNREAD if subscriber and not spoken else "")
        told = _told(held, secret)
        if told is None:
            raise _LeftOut("" if spoken else UNTOLD)
        if spoken and (_is_so(held, there) or _is_so(held, wanted)):
            raise _LeftOut
        if spoken and not subscriber and not self.old.at_level:
            raise _LeftOut  # what is wanted now has never got there
        if spoken and there.owner == "operator":
            raise _LeftOut(THE_OPERATORS)
        if held.writable is None and not subscriber:
            raise _LeftOut(UNSURE)
        if wanted.owner == "operator" and wanted.value is not None:
            return wanted.value
        if names(told):
            raise _LeftOut(BRACES)
        return told


def _over(below: Entry, above: Entry) -> Entry:
    """What two entries say of one place; the later stands before the earlier."""
    said = {name: member for name, member in asdict(above).items() if member not in (None, False, "")}
    said |= {} if above.value is None else {"value": above.value}
    said |= {} if above.bootstrap_only is None else {"bootstrap_only": above.bootstrap_only}
    return replace(below, **said)


def _told(held: Known | None, secret: bool) -> str | None:
    """The value that a device tells; None where it hides it."""
    value = None if held is None else held.value
    return None if value is None or (secret and _HIDDEN.fullmatch(value)) else value


def _is_so(held: Known | None, entry: Entry) -> bool:
    """Whether a device has a parameter as an entry wants it."""
    if held is None or held.value is None or entry.value is None:
        return False
    return same(held.value, entry.value, held.type or entry.type)


def _of_subscriber(wanted: Entry, there: Entry) -> Entry:
    """What else is said of a value that is the subscriber's, unless the replacement's scopes do."""
    if wanted.owner != "subscriber" or there.owner == "subscriber":
        return _NOTHING
    return Entry(owner="subscriber", notify="" if there.notify else wanted.notify)


def _refuse_unsound(path: str, entry: Entry) -> None:
    """Raise `_LeftOut` for what no document may say: what a device holds may be anything."""
    try:
        read_document(write_document({path: entry}))
    except DocumentError as error:
        raise _LeftOut(error.mistakes[0].reason) from None
