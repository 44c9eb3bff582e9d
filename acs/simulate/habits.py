"""Hooks into the sessions of a simulated CPE, for what is peculiar to it or watches it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from acs.cwmp.messages import AnyRequest, Message
from acs.simulate.device import Device

Exchange = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""Posts a body to the ACS: the status and the body of its answer."""


class Habit:
    """Changes nothing; what a subclass overrides is its habit.  One is made for one session."""

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        """What to answer to a request instead of carrying it out; None to carry it out."""
        return None

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        """What to post instead of the ``body`` that says ``message``."""
        return body

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        """Post by ``onward``, and give its answer."""
        return await onward(body)
