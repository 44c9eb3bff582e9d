"""What a body says of all devices of a kind: category, logical names, what is tracked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import convert
from msgspec.structs import replace

from acs.configuration.document import ROOTS, wrong_with_path
from acs.configuration.levels import level_at
from acs.configuration.naming import is_logical
from acs.configuration.secrecy import is_secret
from acs.cwmp.paths import absolute, is_partial, problem, root_of
from acs.store.records import Profile, ProfileScope, Tracked
from acs.store.upgrade_path import UpgradePath
from acs.web.appliance import Appliance
from acs.web.serving.problems import Problem
from acs.web.serving.schema import FLAG, JSON, FieldError, Schema, line, nullable, objects

MOST_NAMES = 1000
_URL = re.compile(r"(https?|ftp)://[^/?#\s]+([/?#]\S*)?|acs:[^/\s]\S*")
_LONGEST_TIME = 366 * 86_400
_MAP: Mapping[str, JSON] = {
    "type": "object",
    "description": "Paths by logical name, such as wifi.2g.ssid; one that begins with a dot is below the"
    " device's root object.",
}
_TRACKED: Mapping[str, JSON] = {
    "type": "array",
    "maxItems": 100,
    "items": objects(
        {
            "path": {
                **line(256, 1),
                "description": "Of a parameter, or of an object with all below it; or a logical name.",
            },
            "every": {
                "type": "integer",
                "minimum": 0,
                "maximum": _LONGEST_TIME,
                "default": 0,
                "description": "Seconds from one reading to the next; 0: in each session.",
            },
            "history": {**FLAG, "default": False, "description": "Whether each value that is read is kept."},
        },
        ("path",),
    ),
}
_VENDOR_FILE = {
    **nullable(line(256)),
    "description": "URL of a vendor configuration file that its devices download, once and after each reset;"
    " acs: and a path for one of the appliance's folder.",
}
_PATHS: Mapping[str, JSON] = {
    "type": "array",
    "maxItems": 100,
    "description": "Devices on a version that `from` matches, which are to get one that `to` matches, get"
    " `through` first; both are patterns, in which * is anything.",
    "items": objects(
        {"from": line(64, 1), "through": line(64, 1), "to": {**line(64, 1), "default": "*"}},
        ("from", "through"),
    ),
}
OF_CATEGORY: Mapping[str, Schema] = {
    "desired_software_version": {
        **nullable(line(64)),
        "description": "The version that its devices are to run; null: nothing is said.",
    },
}
OF_VENDOR: Mapping[str, Schema] = {
    "parameter_map": _MAP,
    "tracked": _TRACKED,
    "vendor_file": _VENDOR_FILE,
    **OF_CATEGORY,
}
OF_MODEL: Mapping[str, Schema] = {"category": nullable(line(64)), **OF_VENDOR, "upgrade_paths": _PATHS}
"""What may be said, by members of a body."""
_OF_MEMBERSHIP = (ProfileScope.CATEGORY, ProfileScope.TAG)
_WITHOUT_VERSION = (ProfileScope.ALL, ProfileScope.DATA_MODEL)


def described(members: Mapping[str, Schema]) -> dict[str, Schema]:
    """The same as the description has it, where that is finer."""
    return {**members, "parameter_map": {**_MAP, "additionalProperties": {"type": "string"}}}


def changed(appliance: Appliance, scope: str, name: str, said: Mapping[str, Any]) -> Profile:
    """The profile with what is said; the rest stays.  Raises `Problem` 422.

    Its level is now where devices may be wanted otherwise than before.
    """
    before = appliance.store.profile(scope, name) or Profile(scope, name)
    if wrong := tuple(_wrong(scope, said)):
        raise Problem(422, "the profile is wrong", wrong[:100])
    new = before
    if "category" in said:
        new = replace(new, category=said["category"] or "")
    if "parameter_map" in said:
        new = replace(new, parameter_map=said["parameter_map"])
    if "vendor_file" in said:
        new = replace(new, vendor_file=said["vendor_file"] or "")
    if "desired_software_version" in said:
        new = replace(new, desired_software_version=said["desired_software_version"] or "")
    if "upgrade_paths" in said:
        new = replace(new, upgrade_paths=convert(said["upgrade_paths"], tuple[UpgradePath, ...]))
    if "tracked" in said:
        new = replace(new, tracked=tuple(Tracked(**each) for each in said["tracked"]))
    if (new.category, new.parameter_map) != (before.category, before.parameter_map):
        new = replace(new, level=level_at(appliance.now()))
    return new


def _wrong(scope: str, said: Mapping[str, Any]) -> Iterator[FieldError]:
    if said.get("category") and scope != ProfileScope.MODEL:
        yield FieldError("category", "belongs to a model")
    if said.get("upgrade_paths") and scope != ProfileScope.MODEL:
        yield FieldError("upgrade_paths", "belongs to a model")
    if said.get("desired_software_version") and scope in _WITHOUT_VERSION:
        yield FieldError("desired_software_version", "belongs to a model, vendor, category or tag")
    for name in ("parameter_map", "tracked", "vendor_file") if scope in _OF_MEMBERSHIP else ():
        if said.get(name):
            yield FieldError(name, "belongs to no category or tag")
    if (url := said.get("vendor_file")) and not _URL.fullmatch(url):
        yield FieldError("vendor_file", "must be a URL that begins with http://, https://, ftp:// or acs:")
    names = said.get("parameter_map", {})
    if len(names) > MOST_NAMES:
        yield FieldError("parameter_map", f"has more than {MOST_NAMES:,} names")
    for name, path in names.items():
        yield from (FieldError(f"parameter_map.{name}", reason) for reason in _wrong_with_name(name, path))
    paths = [each["path"] for each in said.get("tracked", ())]
    for number, path in enumerate(paths):
        for reason in _wrong_with_tracked(path):
            yield FieldError(f"tracked[{number}].path", reason)
        if path in paths[:number]:
            yield FieldError(f"tracked[{number}].path", "is there twice")


def _wrong_with_name(name: str, path: JSON) -> Iterator[str]:
    if not is_logical(name):
        yield "is no logical name, such as wifi.2g.ssid: lower-case words with dots between them"
    if not isinstance(path, str):
        yield "must be a string"
    elif is_logical(path):
        yield "stands for another logical name, and has to stand for a path"
    elif is_secret(path) and not is_secret(name):
        yield "stands for a password, and must be called so, such as wifi.passphrase: by that it is hidden"
    else:
        yield from wrong_with_path(path, {})


def _wrong_with_tracked(path: str) -> Iterator[str]:
    whole = absolute(path, max(ROOTS, key=len))
    if not is_partial(whole):
        yield from wrong_with_path(path, {})
    elif root_of(whole) not in ROOTS or "[" in whole or "*" in whole:
        yield "is not the path of an object, such as Device.WiFi.Radio. or .WiFi.Radio.1."
    elif whole in ROOTS:
        yield "is all that the device has, which is too much to be read again and again"
    elif reason := problem(whole):
        yield reason
