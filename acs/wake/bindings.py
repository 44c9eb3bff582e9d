"""The STUN server's judgement: what a datagram is answered with, which device's binding it shows.

Anybody may learn where he seems to be (RFC 3489 8.1).  A binding is believed only with the MESSAGE-INTEGRITY
of a device's own password, which it is asked for by error 401 (TR-069 G.2.1.2).  Nothing in here waits, looks
anything up, or knows the time: who hears datagrams looks up what `Heard.ask` says, and comes again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from msgspec import Struct

from acs.cwmp import stun
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.stun import Address, Attribute, Integrity, Kind, StunMessage
from acs.wake.passwords import Known, Passwords, put
from acs.wake.way import Binding

KEEP = 300.0
"""So many seconds pass before a binding that stays is told again."""
FRESH = 600.0
"""So long after its last request a device's binding is taken for good."""
MOST = 100_000
"""Devices whose bindings are remembered; those that were not heard for longest are forgotten first."""
REMEMBERED = 16
"""Transactions of a device, by which a request that somebody else repeats is known."""

_MARK = 8
_NOBODY = b"nobody's password"
_REASONS = {
    401: "Unauthorized",
    420: "Unknown Attribute",
    431: "Integrity Check Failure",
    432: "Missing Username",
}


class Heard(Struct, frozen=True):
    """What came of a datagram.

    ``what`` is a word to count by.  ``answer``, unless empty, is to be sent to ``to``.  ``ask`` is a user
    name that has to be looked up before the datagram can be judged.  ``device`` has been heard at
    ``binding``, and that is to be told.
    """

    what: str
    answer: bytes = b""
    to: Address | None = None
    ask: str = ""
    device: str = ""
    binding: Binding | None = None


class _Entry(Struct):
    """A device: its binding, when that was told, the marks of its last transactions."""

    binding: Binding
    told: float
    marks: bytes = b""


class Bindings:
    """Judges datagrams, and remembers which device was heard where.

    ``own`` gives the address of ours that somebody at a given address sees, None where that is not known;
    ``node`` is this node's number.  ``counts`` has how much came of what.
    """

    def __init__(
        self,
        passwords: Passwords,
        own: Callable[[str], Address | None],
        node: int = 0,
        most: int = MOST,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._passwords = passwords
        self._own = own
        self._node = node
        self._most = most
        self._devices: dict[str, _Entry] = {}
        self._places: dict[Address, str] = {}

    def __len__(self) -> int:
        return len(self._devices)

    def binding_of(self, device: str) -> Binding | None:
        """Where a device was heard last, however long ago; None where it was not."""
        entry = self._devices.get(device)
        return None if entry is None else entry.binding

    def knows(self, source: Address) -> bool:
        """Whether a device has its binding there."""
        return source in self._places

    def hear(self, data: bytes, source: Address, now: float) -> Heard:
        """Judge one datagram."""
        heard = self._judge(data, source, now)
        self.counts[heard.what] += 1
        return heard

    def _judge(self, data: bytes, source: Address, now: float) -> Heard:
        try:
            request = stun.decode(data)
        except RemoteProtocolError:
            return Heard("malformed")
        if request.kind != Kind.BINDING_REQUEST:
            return Heard("ignored")
        if request.asks_for_change and not request.is_modern:
            # From another address of ours, which there is not.  Clients of RFC 3489 take any answer for one
            # from there, and this NAT for one that lets everybody in.
            return Heard("from elsewhere")
        if unknown := _not_understood(request):
            value = stun.unknown_attributes(unknown)
            return _refusal(request, source, 420, (Attribute.UNKNOWN_ATTRIBUTES, value))
        if request.signed:
            return self._signed(request, source, now)
        if request.binds and request.username:
            return _refusal(request, source, 401)
        return self._answered("plain", request, source, self.knows)

    def _signed(self, request: StunMessage, source: Address, now: float) -> Heard:
        """What carries MESSAGE-INTEGRITY; the name of nobody is refused as a wrong password is."""
        username = request.username
        if not username:
            return _refusal(request, source, 432)
        known = self._passwords.of(username, now)
        if known is None:
            return Heard("looked up", ask=username)
        key = known.password.encode() or _NOBODY
        integrity = stun.verify(request, key)
        if integrity is None or not known.password:
            if self._passwords.doubt(username, now):
                return Heard("looked up", ask=username)
            return _refusal(request, source, 431)
        if request.binds or request.get(Attribute.BINDING_CHANGE) is not None:
            return self._bound(request, source, now, known, integrity)
        return self._answered("authenticated", request, source, _anywhere, key, integrity)

    def _bound(
        self, request: StunMessage, source: Address, now: float, known: Known, integrity: Integrity
    ) -> Heard:
        """A device shows its binding."""
        if (entry := self._seen(known.device, request, source, now)) is None:
            return Heard("replayed")
        key = known.password.encode()
        heard = self._answered("bound", request, source, _anywhere, key, integrity)
        if 0 <= now - entry.told < KEEP:
            return heard
        entry.told = now
        return Heard(heard.what, heard.answer, heard.to, "", known.device, entry.binding)

    def _seen(self, device: str, request: StunMessage, source: Address, now: float) -> _Entry | None:
        """Note where a device is; None for the repetition, by somebody else, of what it once said."""
        entry = self._devices.get(device)
        binding = Binding(*source, now, self._node)
        mark = hash(request.transaction).to_bytes(_MARK, "big", signed=True)
        if entry is None:
            entry = _Entry(binding, float("-inf"))
        elif (entry.binding.host, entry.binding.port) != source:
            if is_fresh(entry.binding, now) and mark in _marks(entry):
                return None
            self._left(device, entry)
            entry.told = float("-inf")
        if mark not in _marks(entry):
            entry.marks = (entry.marks + mark)[-REMEMBERED * _MARK :]
        entry.binding = binding
        self._keep(device, entry, source)
        return entry

    def _keep(self, device: str, entry: _Entry, source: Address) -> None:
        if device not in self._devices and len(self._devices) >= self._most:
            oldest = next(iter(self._devices))
            self._left(oldest, self._devices.pop(oldest))
        put(self._devices, device, entry, self._most)
        self._places[source] = device

    def _left(self, device: str, entry: _Entry) -> None:
        """Forget a device's place, unless another has it by now."""
        place = Address(entry.binding.host, entry.binding.port)
        if self._places.get(place) == device:
            del self._places[place]

    def _answered(
        self,
        what: str,
        request: StunMessage,
        source: Address,
        may_hear: Callable[[Address], bool],
        key: bytes = b"",
        integrity: Integrity = Integrity.PADDED,
    ) -> Heard:
        """The Binding Response, for the sender or where RESPONSE-ADDRESS says: another port of the sender's,
        that ``may_hear``."""
        to = source
        if request.get(Attribute.RESPONSE_ADDRESS) is not None:
            wanted = request.address(Attribute.RESPONSE_ADDRESS)
            if wanted is None or wanted.host != source.host or not wanted.port or not may_hear(wanted):
                # No answer at all, and a device that tries out how long its binding lives counts it as gone.
                return Heard("reflected elsewhere")
            to = wanted
        answer = stun.encode(self._response(request, source, to), key, integrity, _has_fingerprint(request))
        return Heard(what, answer, to)

    def _response(self, request: StunMessage, source: Address, to: Address) -> StunMessage:
        attributes = [(int(Attribute.MAPPED_ADDRESS), stun.address(source))]
        if request.is_modern:
            value = stun.address(source, request.transaction)
            attributes.append((Attribute.XOR_MAPPED_ADDRESS, value))
        elif own := self._own(source.host):
            # RFC 3489 wants both of each response; there is no other address that we could change to.
            attributes.append((Attribute.SOURCE_ADDRESS, stun.address(own)))
            attributes.append((Attribute.CHANGED_ADDRESS, stun.address(own)))
        if to != source:
            attributes.append((Attribute.REFLECTED_FROM, stun.address(source)))
        return StunMessage(Kind.BINDING_RESPONSE, request.transaction, tuple(attributes))


def is_fresh(binding: Binding, now: float, seconds: float = FRESH) -> bool:
    """Whether a binding was seen in so many seconds."""
    return now - binding.seen < seconds


def _marks(entry: _Entry) -> list[bytes]:
    return [entry.marks[at : at + _MARK] for at in range(0, len(entry.marks), _MARK)]


def _anywhere(_: Address) -> bool:
    return True


def _not_understood(request: StunMessage) -> list[int]:
    """What an answer cannot take account of; we have one address, so CHANGE-REQUEST too (RFC 5780 6.1)."""
    change = [int(Attribute.CHANGE_REQUEST)] if request.asks_for_change else []
    return change + request.unknown


def _has_fingerprint(request: StunMessage) -> bool:
    return request.get(Attribute.FINGERPRINT) is not None


def _refusal(request: StunMessage, source: Address, code: int, *more: tuple[int, bytes]) -> Heard:
    """A Binding Error Response; ERROR-CODE stands first, where some CPEs look for it."""
    value = stun.error_code(code, _REASONS[code])
    attributes = ((int(Attribute.ERROR_CODE), value), *more)
    answer = StunMessage(Kind.BINDING_ERROR, request.transaction, attributes)
    return Heard(f"refused {code}", stun.encode(answer, fingerprint=_has_fingerprint(request)), source)
