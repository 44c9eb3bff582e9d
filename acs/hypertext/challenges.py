"""How a client answers a 401 by Digest or Basic.

RFC 7235 (challenges), RFC 7616 and RFC 2069 (Digest with MD5 or SHA-256, qop auth or none), RFC 7617 (Basic).
Nothing out of a challenge gets into a request but within quotes, printable, and of bounded length.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping

from msgspec import Struct

from acs.hypertext.digest import is_known, parameters_of, response_of

LONGEST = 2048
"""Characters of a realm, nonce or opaque; a challenge with more is not answered."""

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PART = re.compile(rf'({_TOKEN})(\s*=\s*(?:"(?:[^"\\]|\\.)*"?|[^\s,"]*))?')
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
"""What has no business in a header, not even within quotes."""
_ECHOED = ("realm", "nonce", "opaque")


class Challenge(Struct, frozen=True):
    """What a server asks for: ``scheme`` in lower case, and its parameters, names in lower case, values with
    a character for each byte."""

    scheme: str
    parameters: dict[str, str]

    @property
    def is_stale(self) -> bool:
        """Whether only the nonce of the answer was too old."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def is_answerable(self) -> bool:
        """Whether it is of a kind that is answered here: Basic, or Digest of a known algorithm whose values
        may be sent back."""
        if self.scheme != "digest":
            return self.scheme == "basic"
        echoed = [self.parameters.get(name, "") for name in _ECHOED]
        return is_known(self.parameters.get("algorithm", "")) and all(map(_may_be_sent, echoed))


def _may_be_sent(value: str) -> bool:
    return len(value) <= LONGEST and not _UNFIT.search(value)


def challenges(headers: Iterable[bytes]) -> list[Challenge]:
    """Those of the WWW-Authenticate headers of a response, in its order: several in one header, or each in
    its own, with commas between their parameters or none."""
    return [challenge for header in headers for challenge in _in_one(header.decode("latin-1"))]


def _in_one(header: str) -> list[Challenge]:
    """A word without ``=`` begins a challenge where one may stand: first, or behind a comma."""
    starts: list[re.Match[str]] = []
    end = 0
    for part in _PART.finditer(header):
        if part[2] is None and _may_begin(header[end : part.start()], first=not end):
            starts.append(part)
        end = part.end()
    ends = [start.start() for start in starts[1:]] + [len(header)] * bool(starts)
    return [
        Challenge(start[1].lower(), parameters_of(header[start.end() : end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def _may_begin(before: str, first: bool) -> bool:
    return before.strip(", \t") == "" and (first or "," in before)


def choose(asked: Iterable[Challenge], basic: bool) -> Challenge | None:
    """The one to be answered: Digest, by MD5 before SHA-256 as all devices know that; Basic only if it is
    allowed by ``basic``, where there is no Digest."""
    known = [challenge for challenge in asked if challenge.is_answerable]
    digests = [challenge for challenge in known if challenge.scheme == "digest"]
    digests.sort(key=lambda challenge: challenge.parameters.get("algorithm", "").upper().startswith("SHA"))
    return next(iter(digests or [challenge for challenge in known if basic]), None)


def basic(username: str, password: str) -> str:
    """The value of Authorization by Basic, in UTF-8."""
    pair = f"{username}:{password}".encode(errors="replace")
    return f"Basic {b64encode(pair).decode()}"


def digest(
    asked: Mapping[str, str], username: str, password: str, request: tuple[str, str], count: int, cnonce: str
) -> str:
    """The value of Authorization by Digest, with a character for each byte, for a challenge that
    `is_answerable`.

    :param asked: the parameters of the challenge.
    :param request: method and target, the latter as in the request's first line.
    :param count: how often this nonce is answered, from 1 on.
    :param cnonce: chance, in hexadecimal; it goes with a qop or -sess.
    """
    method, target = request
    said = {"username": _UNFIT.sub("", username).encode(errors="replace").decode("latin-1")}
    said |= {"realm": asked.get("realm", ""), "nonce": asked.get("nonce", ""), "uri": target}
    algorithm = asked.get("algorithm", "")
    bare = {"algorithm": algorithm} if algorithm else {}
    if "auth" in re.split(r"[\s,]+", asked.get("qop", "").lower()):
        bare |= {"qop": "auth", "nc": f"{count:08x}"}
    quoted = {"cnonce": cnonce} if "qop" in bare or algorithm.lower().endswith("-sess") else {}
    response = response_of({**said, **quoted, **bare}, password, method)
    assert response is not None, "it was answerable"
    quoted["response"] = response.decode()
    if "opaque" in asked:
        quoted["opaque"] = asked["opaque"]
    return _written(said | quoted, bare)


def _written(quoted: Mapping[str, str], bare: Mapping[str, str]) -> str:
    pairs = [f'{name}="{_escaped(value)}"' for name, value in quoted.items()]
    return "Digest " + ", ".join([*pairs, *(f"{name}={value}" for name, value in bare.items())])


def _escaped(value: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", value)
