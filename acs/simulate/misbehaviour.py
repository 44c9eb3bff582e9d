"""The ways in which simulated CPEs misbehave, as devices in the field do: each a small thing with a name.

Some are of a device, for ever (``lasting``); the others befall a session.  Which one gets which follows from
the seed, the serial number and the session's number alone, so that a run can be repeated.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Protocol

from acs.cwmp import messages as m
from acs.cwmp.faults import fault
from acs.cwmp.messages import AnyRequest, Fault, Message, Response
from acs.simulate.answers import NOT_SUPPORTED
from acs.simulate.device import Device
from acs.simulate.firmware import Fate
from acs.simulate.habits import Exchange, Habit
from acs.simulate.parameters import set_key

ALL = "all"
INTERNAL_ERROR = 9002
_LAST_STEP = 5
_ID = re.compile(rb"(<cwmp:ID\b[^>]*>)([^<]*)")
_ARRAY = re.compile(rb'(arrayType="[^"\[]*\[)(\d+)\]')


class Wire(Protocol):
    """What can be done to the connection that a session goes by."""

    connection_per_request: bool
    slowness: float
    """Seconds for which half of each body waits."""

    def drop(self) -> None:
        """Cut the connection."""

    def forget_cookies(self) -> None:
        """Lose the cookies of this session."""


class Dropped(Exception):
    """The CPE cut its connection on purpose."""


class Misbehaviour(Habit):
    """One way to misbehave; ``step`` is the number of the post that it strikes, from 1 on."""

    lasting = False

    def __init__(self, chance: random.Random, wire: Wire) -> None:
        self.wire = wire
        self.chance = chance
        self.step = chance.randint(1, _LAST_STEP)
        self._posts = 0

    def strikes(self) -> bool:
        """Whether this post is the one; to be asked once for each."""
        self._posts += 1
        return self._posts == self.step


class DropConnection(Misbehaviour):
    """Cuts the connection, before a post or before it has read the answer."""

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        if not self.strikes():
            return await onward(body)
        if self.chance.random() < 0.5:
            await onward(body)
        self.wire.drop()
        raise Dropped


class RepeatPost(Misbehaviour):
    """Posts the same thing twice, as if the answer had not come."""

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        if self.strikes():
            await onward(body)
        return await onward(body)


class ConnectionPerRequest(Misbehaviour):
    """Opens a connection for each request."""

    lasting = True

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        self.wire.connection_per_request = True
        return await onward(body)


class LoseCookie(Misbehaviour):
    """Loses the session's cookie on the way."""

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        if self.strikes():
            self.wire.forget_cookies()
        return await onward(body)


class SlowBody(Misbehaviour):
    """Waits in the middle of a body."""

    async def exchange(self, onward: Exchange, body: bytes) -> tuple[int, bytes]:
        self.wire.slowness = 2.0 if self.strikes() else 0.0
        return await onward(body)


class Garbage(Misbehaviour):
    """Posts bytes that are no XML."""

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        return self.chance.randbytes(200) if self.strikes() else body


class WrongID(Misbehaviour):
    """Answers with another ID than it was asked with."""

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        return _ID.sub(rb"\g<1>wrong\g<2>", body) if isinstance(message, (Response, Fault)) else body


class LyingArrayType(Misbehaviour):
    """Counts wrongly what is in its arrays."""

    lasting = True

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        return _ARRAY.sub(lambda match: b"%s%d]" % (match[1], int(match[2]) + 7), body)


class EmptyAnswer(Misbehaviour):
    """Answers an RPC that it does not know with an empty post (netcwmp)."""

    lasting = True

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        unknown = isinstance(message, Fault) and message.FaultCode == NOT_SUPPORTED
        return b"" if unknown else body


class FaultAnswer(Misbehaviour):
    """Answers one of the RPCs with an internal error."""

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        return fault(INTERNAL_ERROR) if self.strikes() else None


class ForgetParameterKey(Misbehaviour):
    """Keeps no ParameterKey."""

    lasting = True
    _KEYED = (m.SetParameterValuesResponse, m.AddObjectResponse, m.DeleteObjectResponse)

    def posts(self, device: Device, message: Message | None, body: bytes) -> bytes:
        if isinstance(message, self._KEYED):
            set_key(device.tree, "")
        return body


class NoAttributes(Misbehaviour):
    """Does not know GetParameterAttributes, though every CPE must."""

    lasting = True

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        return fault(NOT_SUPPORTED) if isinstance(request, m.GetParameterAttributes) else None


class _Firmware(Misbehaviour):
    """Does something else with firmware than to run it."""

    lasting = True
    fate: Fate

    def answers(self, device: Device, request: AnyRequest) -> Message | None:
        device.fate = self.fate
        return None


class KeepFirmware(_Firmware):
    """Reports that new firmware is there, and runs the old."""

    fate = Fate.KEEPS


class BrokenFirmware(_Firmware):
    """Finds each image to be broken."""

    fate = Fate.FAILS


class NeverReturn(_Firmware):
    """Does not survive an upgrade."""

    fate = Fate.VANISHES


MISBEHAVIOURS: Mapping[str, type[Misbehaviour]] = {
    "drop-connection": DropConnection,
    "repeat-post": RepeatPost,
    "connection-per-request": ConnectionPerRequest,
    "lose-cookie": LoseCookie,
    "slow-body": SlowBody,
    "garbage": Garbage,
    "wrong-id": WrongID,
    "lying-array-type": LyingArrayType,
    "empty-answer": EmptyAnswer,
    "fault-answer": FaultAnswer,
    "forget-parameter-key": ForgetParameterKey,
    "no-attributes": NoAttributes,
    "keep-firmware": KeepFirmware,
    "broken-firmware": BrokenFirmware,
    "never-return": NeverReturn,
}
"""All of them, by the names that the command line takes."""


class Misbehaviours:
    """How often each occurs, as shares of 1: of the devices for a lasting one, of the sessions for others."""

    def __init__(self, rates: Mapping[str, float], seed: int = 0) -> None:
        self._rates = {name: rate for name, rate in rates.items() if rate}
        self._seed = seed

    def of(self, serial: str, session: int, wire: Wire) -> tuple[Misbehaviour, ...]:
        """Those of one session of one device."""
        found = (self._of(name, rate, serial, session, wire) for name, rate in self._rates.items())
        return tuple(each for each in found if each is not None)

    def _of(self, name: str, rate: float, serial: str, session: int, wire: Wire) -> Misbehaviour | None:
        kind = MISBEHAVIOURS[name]
        chance = random.Random(f"{self._seed}/{name}/{serial}/{0 if kind.lasting else session}")
        return kind(chance, wire) if chance.random() < rate else None


def parse(text: str) -> dict[str, float]:
    """``name=rate,...`` or ``all=rate``, later ones winning; raises `ValueError` for what is neither."""
    rates: dict[str, float] = {}
    for item in filter(None, (each.strip() for each in text.split(","))):
        name, _, given = item.partition("=")
        rate = _rate(item, given)
        if name != ALL and name not in MISBEHAVIOURS:
            raise ValueError(f"{name!r} is none of: {', '.join((ALL, *MISBEHAVIOURS))}")
        rates.update(dict.fromkeys(MISBEHAVIOURS, rate) if name == ALL else {name: rate})
    return rates


def _rate(item: str, given: str) -> float:
    try:
        rate = float(given)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 1:
        raise ValueError(f"{item!r} is not NAME=RATE with a rate from 0 to 1")
    return rate
