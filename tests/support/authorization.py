"""Authorization headers as CPEs write them."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5, sha256


def parameters_of(challenge: str) -> dict[str, str]:
    """What a challenge says."""
    return {
        name: quoted or bare for name, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]*))', challenge)
    }


def basic(username: str, password: str) -> str:
    """RFC 7617."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


class Digest:
    """Answers one challenge, as often as wanted, with rising counts."""

    def __init__(self, challenge: str, username: str, password: str, uri: str = "/") -> None:
        self.said = parameters_of(challenge)
        self.username = username
        self.password = password
        self.uri = uri
        self.count = 0

    def rfc2069(self) -> str:
        """netcwmp: nothing of qop, nonce count and cnonce, though qop was offered; an empty uri."""
        uri = ""
        one = _h(md5, self.username, self.said["realm"], self.password)
        response = _h(md5, one, self.said["nonce"], _h(md5, "POST", uri))
        return (
            f'Digest username="{self.username}", realm="{self.said["realm"]}", nonce="{self.said["nonce"]}",'
            f' uri="{uri}", response="{response}"'
        )

    def rfc7616(
        self,
        qop: str = "auth",
        algorithm: str = "",
        cnonce: str = "0a4f113b",
        body: bytes = b"",
        nc: str = "",
    ) -> str:
        """libcurl and its kin; ``nc`` where it does not count."""
        self.count += 1
        nc = nc or f"{self.count:08x}"
        hashed = sha256 if algorithm.startswith("SHA") else md5
        one = _h(hashed, self.username, self.said["realm"], self.password)
        if algorithm.endswith("-sess"):
            one = _h(hashed, one, self.said["nonce"], cnonce)
        two = _h(hashed, "POST", self.uri, *([hashed(body).hexdigest()] if qop == "auth-int" else []))
        response = _h(hashed, one, self.said["nonce"], nc, cnonce, qop, two)
        named = f", algorithm={algorithm}" if algorithm else ""
        return (
            f'Digest username="{self.username}", realm="{self.said["realm"]}", nonce="{self.said["nonce"]}",'
            f' uri="{self.uri}", cnonce="{cnonce}", nc={nc}, qop={qop}, response="{response}"{named}'
        )


def _h(hashed: Callable[[bytes], object], *parts: str) -> str:
    return str(hashed(":".join(parts).encode()).hexdigest())  # type: ignore[attr-defined]
