"""HTTP authentication as devices speak it, from the challenge to the answer.

RFC 7616 (Digest with MD5, SHA-256 and their -sess forms, qop auth and auth-int), its ancestor RFC 2069 (no
qop), and RFC 7617 (Basic).  Nothing here knows a socket, a clock or a store.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from collections import OrderedDict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from hmac import compare_digest

from msgspec import Struct

from acs.hypertext.digest import header_bytes, parameters_of, response_of

REALM = "acs"
NONCE_SECONDS = 300
"""How long a nonce is good for."""
REMEMBERED = 100_000
"""How many answers to challenges are remembered, so that none serves twice."""

_LONGEST = 8192
_MAC = 18


class Given(Struct, frozen=True):
    """What an Authorization header says.  ``scheme`` is in lower case; of Basic there are ``username`` and
    ``password``, of Digest ``username`` and the ``parameters``, their names in lower case, their values as
    they came: a character for each byte."""

    scheme: str
    username: str = ""
    password: str = ""
    parameters: dict[str, str] = {}


def read_authorization(value: str) -> Given:
    """Read a header's value, however sloppy: quotes and commas may be missing, parameters come in any order.

    What cannot be read gives empty fields, which are nobody's credentials.
    """
    scheme, _, rest = value[:_LONGEST].strip().partition(" ")
    if scheme.lower() == "basic":
        return Given("basic", *_basic(rest))
    if scheme.lower() != "digest":
        return Given(scheme.lower()[:20])
    parameters = parameters_of(rest)
    return Given("digest", _text(header_bytes(parameters.get("username", ""))), parameters=parameters)


def _basic(rest: str) -> tuple[str, str]:
    try:
        raw = b64decode(rest.strip() + "=" * (-len(rest.strip()) % 4), validate=True)
    except (NotBase64, ValueError):
        return "", ""
    username, _, password = _text(raw).partition(":")
    return username, password


def _text(raw: bytes) -> str:
    """UTF-8, or else latin-1: clients do not tell which."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class Nonces:
    """Gives out nonces that need not be remembered, and knows its own again: also those of other processes
    with the same key, on whatever connection they come back.

    Those from before this process began, whose answers it may not have seen, are as good as too old; and
    where more answers come than can be remembered, so are all before that.

    They are 32 characters, as many as netcwmp has room for: the second it was made in, some chance, and a MAC
    over both.

    :param key: what makes them ours, at most 64 bytes.
    :param now: the time, seconds since 1970.
    :param random: so many random bytes.
    """

    def __init__(self, key: bytes, now: Callable[[], float], random: Callable[[int], bytes]) -> None:
        self._key = key
        self._now = now
        self._random = random
        self._since = int(now())
        self._seen: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def new(self) -> str:
        """A new one."""
        what = f"{int(self._now()):08x}{self._random(3).hex()}"
        return what + self._mac(what)

    def fresh(self, nonce: str) -> bool:
        """Whether it is one of ours and not too old."""
        what, mac = nonce[:-_MAC], nonce[-_MAC:]
        if len(what) != 14 or not compare_digest(mac.encode(), self._mac(what).encode()):
            return False
        made = int(what[:8], 16)
        return made >= self._since and -5 <= self._now() - made <= NONCE_SECONDS

    def first_time(self, *answer: str) -> bool:
        """Whether this answer to a challenge is seen for the first time; then it is not for the second.

        A client of RFC 2069 has nothing to vary: its answer to a nonce is good for one Inform.
        """
        now = self._now()
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
            self._since = int(now) + 1
        if answer in self._seen:
            return False
        self._seen[answer] = now + NONCE_SECONDS + 5
        return True

    def _mac(self, what: str) -> str:
        # A keyed hash is a MAC (RFC 7693 section 2.9), in 0.4 of the time that an HMAC takes.
        return blake2b(what.encode("utf-8", "replace"), digest_size=_MAC // 2, key=self._key).hexdigest()


def challenges(nonce: str, algorithms: Iterable[str], stale: bool = False) -> list[str]:
    """The values of WWW-Authenticate, one for each algorithm; MD5 is not named, as it was not of old."""
    said = []
    for algorithm in algorithms:
        more = "" if algorithm == "MD5" else f", algorithm={algorithm}"
        more += ", stale=true" if stale else ""
        said.append(f'Digest realm="{REALM}", qop="auth", nonce="{nonce}"{more}')
    return said


def answers(given: Given, password: str, method: str, body: bytes) -> bool:
    """Whether a Digest answer is the one that this password gives, to whatever nonce it names.

    What the client wrote is hashed as it wrote it, be it the ``uri``; whether that is the request's own is
    `same_place`'s business.
    """
    right = response_of(given.parameters, password, method, body)
    said = header_bytes(given.parameters.get("response", "")).lower()
    return right is not None and compare_digest(right, said)


def same_place(uri: str, path: str) -> bool:
    """Whether a Digest's uri means the path that was asked for: it may be absolute, without its query, in
    other letters, or empty (netcwmp)."""
    return not uri or path_of(uri).rstrip("/").lower() == path.rstrip("/").lower()


def path_of(target: str) -> str:
    """The path of a request target, of an absolute-form one too (RFC 9112 section 3.2), without query."""
    path = target.partition("?")[0]
    scheme, absolute, rest = path.partition("://")
    if absolute and scheme.isalpha():
        return "/" + rest.partition("/")[2]
    return path
