"""What Digest authentication computes, the same on either side.

RFC 7616, and its ancestor RFC 2069, which has no qop.  Texts out of headers have a character for each byte
that came.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Mapping

_HASHES: dict[str, Callable[[bytes], hashlib._Hash]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
_PARAMETER = re.compile(r'(?<![A-Za-z])([A-Za-z]++)\s*+=\s*(?:"((?:[^"\\]++|\\.)*+)"?|([^\s,"]*))')
_ESCAPED = re.compile(r"\\(.)")


def parameters_of(text: str) -> dict[str, str]:
    """The parameters that stand in a header, quoted or bare, with commas between them or none (netcwmp).

    Names are in lower case; of several of one name the last counts.
    """
    escaped = "\\" in text
    return {
        name.lower(): (_ESCAPED.sub(r"\1", quoted) if escaped else quoted) or bare
        for name, quoted, bare in _PARAMETER.findall(text)
    }


def is_known(algorithm: str) -> bool:
    """Whether this is an algorithm of ours: MD5, SHA-256, or -sess of either; "" is MD5."""
    return algorithm.isascii() and _split(algorithm)[0] in _HASHES


def response_of(given: Mapping[str, str], password: str, method: str, body: bytes = b"") -> bytes | None:
    """The ``response`` that belongs to the other parameters of an Authorization header, in hexadecimal; None
    for an algorithm or a qop that is not known.

    What the header says is hashed as it says it, be it the ``uri``.
    """
    algorithm, of_session = _split(given.get("algorithm", ""))
    hashed = _HASHES.get(algorithm)
    qop = given.get("qop", "").lower()
    if hashed is None or qop not in ("", "auth", "auth-int"):
        return None

    def h(words: str, more: bytes = b"") -> str:
        return hashed(header_bytes(words) + more).hexdigest()

    said = defaultdict(str, given)
    nonce, cnonce = said["nonce"], said["cnonce"]
    one = h(f"{said['username']}:{said['realm']}:", password.encode(errors="replace"))
    if of_session:
        one = h(f"{one}:{nonce}:{cnonce}")
    whole = f":{hashed(body).hexdigest()}" if qop == "auth-int" else ""
    two = h(f"{method}:{said['uri']}{whole}")
    between = f"{nonce}:{said['nc']}:{cnonce}:{said['qop']}" if qop else nonce
    return h(f"{one}:{between}:{two}").encode()


def _split(algorithm: str) -> tuple[str, bool]:
    name = algorithm.upper()
    return name.removesuffix("-SESS") or "MD5", name.endswith("-SESS")


def header_bytes(header: str) -> bytes:
    """What came, of a header's value."""
    return header.encode("latin-1", "replace")
