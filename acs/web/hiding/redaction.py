"""Hides secrets in what is shown as JSON or as an HTTP head.

`acs.web.hiding.markup` does it in messages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from acs.configuration.secrecy import is_secret
from acs.web.hiding.markup import masked_markup
from acs.web.hiding.secrets import MASK
from acs.web.serving.schema import JSON

_CREDENTIALS = re.compile(
    r"^((?:proxy-)?authorization[ \t]*:[ \t]*(?:[a-z0-9!#$%&'*+.^_`|~-]+[ \t]+(?=\S))?)"
    r"[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*",
    re.IGNORECASE | re.MULTILINE,
)


def masked_json(value: JSON) -> JSON:
    """A message's JSON form (`acs.cwmp.json_form`) as it may be shown."""
    if isinstance(value, Mapping):
        return _masked_object(value)
    return [masked_json(item) for item in value] if isinstance(value, (list, tuple)) else value


def _masked_object(value: Mapping[str, JSON]) -> dict[str, JSON]:
    named = value.get("Name")
    secret = isinstance(named, str) and is_secret(named)
    return {key: _masked_member(key, member, secret) for key, member in value.items()}


def _masked_member(key: str, member: JSON, secret: bool) -> JSON:
    if not isinstance(member, str) or not member:
        return masked_json(member)
    if is_secret(key) or (secret and key == "Value"):
        return MASK
    return masked_markup(member) if key == "XML" else member


def masked_head(head: bytes) -> bytes:
    """A message's first line and headers as they may be shown: credentials lose all but their scheme."""
    return _CREDENTIALS.sub(rf"\g<1>{MASK}", head.decode("latin-1")).encode("latin-1")
