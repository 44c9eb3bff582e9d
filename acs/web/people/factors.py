"""The second factor of those who log in: codes of an app, or recovery codes on paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence

from acs.store.interface import Store
from acs.store.tokens import digest_of
from acs.web.people.one_time import step_of

RECOVERY_CODES = 10
_SECRET_BYTES = 20
_RECOVERY_BYTES = 10
_BETWEEN = re.compile(r"[\s-]+")


class Factors:
    """Sets it up, checks it.  ``random_text`` gives so many random bytes as URL-safe text, ``now`` seconds
    since 1970."""

    def __init__(self, store: Store, now: Callable[[], float], random_text: Callable[[int], str]) -> None:
        self._store = store
        self._now = now
        self._random_text = random_text

    async def wanted(self, name: str) -> bool:
        """Whether a user has to show one."""
        factor = await self._store.second_factor(name)
        return factor is not None and factor.since > 0

    async def begin(self, name: str) -> bytes | None:
        """A new secret, which the user has yet to show to have; None where there is one that was shown."""
        secret = self._random(_SECRET_BYTES)
        return secret if await self._store.put_second_factor(name, secret) else None

    async def confirm(self, name: str, code: str) -> Sequence[str] | None:
        """Recovery codes, this once, for a user who shows a code of the new secret; None where it is none."""
        factor = await self._store.second_factor(name)
        step = step_of(factor.secret, _plain(code), self._now()) if factor else None
        if step is None:
            return None
        codes = [self._recovery_code() for _ in range(RECOVERY_CODES)]
        digests = [digest_of(_plain(each).encode()) for each in codes]
        return codes if await self._store.confirm_second_factor(name, digests, step, self._now()) else None

    async def shows(self, name: str, code: str) -> bool:
        """Whether a user has shown the second factor: either kind of code is good once."""
        factor = await self._store.second_factor(name)
        if factor is None or not factor.since:
            return False
        plain = _plain(code)
        step = step_of(factor.secret, plain, self._now())
        if step is not None:
            return await self._store.use_step(name, step)
        return await self._store.use_recovery(name, digest_of(plain.encode()))

    def _recovery_code(self) -> str:
        text = base64.b32encode(self._random(_RECOVERY_BYTES)).decode().lower()
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))

    def _random(self, count: int) -> bytes:
        text = self._random_text(count)
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _plain(code: str) -> str:
    """A code without what people put between its characters."""
    return _BETWEEN.sub("", code).lower()
