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
_PARAMETER = re.compile(r'(?<![A-Za-z])([A-Za-z]++)\s*+=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s,"]*))')


def parameters_of(text: str) -> dict[str, str]:
    """The parameters that stand in a header, quoted or bare, with commas between them or none (netcwmp).

    Names are in lower case; of several of one name the last counts.
    """
    return {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare
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

    def h(*parts: bytes) -> bytes:
        return hashed(b":".join(parts)).hexdigest().encode()

    p = defaultdict(bytes, {name: header_bytes(value) for name, value in given.items()})
    one = h(p["username"], p["realm"], password.encode(errors="replace"))
    if of_session:
        one = h(one, p["nonce"], p["cnonce"])
    two = h(method.encode(), p["uri"], *([h(body)] if qop == "auth-int" else []))
    between = (p["nonce"], *((p["nc"], p["cnonce"], p["qop"]) if qop else ()))
    return h(one, *between, two)


def _split(algorithm: str) -> tuple[str, bool]:
    name = algorithm.upper()
    return name.removesuffix("-SESS") or "MD5", name.endswith("-SESS")


def header_bytes(header: str) -> bytes:
    """What came, of a header's value."""
    return header.encode("latin-1", "replace")
