"""The SOAP envelope that one HTTP body holds, read or written (TR-069 3.4.1, 3.5, SOAP 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from lxml import etree
from msgspec import Struct
from msgspec.structs import replace

from acs.cwmp import codec, repeated
from acs.cwmp.columns import Texts
from acs.cwmp.document import parse, text_of
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.faults import fault_plan, write_fault
from acs.cwmp.fields import per_class
from acs.cwmp.habits import OFTEN, Habits
from acs.cwmp.markup import cwmp_namespace, element_name, text
from acs.cwmp.memo import LIMIT, NOTED, Memo
from acs.cwmp.messages import Fault, Message, VendorRequest, VendorResponse, name_of
from acs.cwmp.namespaces import (
    CWMP_1_0,
    CWMP_URN,
    SOAP_ENCODING,
    SOAP_ENVELOPE,
    XSD,
    XSI,
    local,
    namespace,
)
from acs.cwmp.repeated import Cut, Known
from acs.cwmp.rpcs import MESSAGES
from acs.cwmp.skeleton import Skeleton, Slots, marked_tree, skeleton_of
from acs.cwmp.vendor import read_vendor, vendor_content


class Header(Struct, frozen=True, gc=False):
    """The CWMP elements of a SOAP header (TR-069 3.5, 3.7.2.4); None or empty where absent.

    ``session_timeout`` in seconds; ``supported_versions`` such as ``("1.0", "1.4")``, ``use_version`` as one
    of them.
    """

    id: str | None = None
    hold_requests: bool = False
    no_more_requests: bool = False
    session_timeout: int | None = None
    supported_versions: tuple[str, ...] = ()
    use_version: str = ""


_NO_HEADER = Header()
_ID = "an ID"
_HEADER = frozenset(
    ("ID", "HoldRequests", "NoMoreRequests", "SessionTimeout", "SupportedCWMPVersions", "UseCWMPVersion")
)


class Envelope(Struct, frozen=True):
    """One SOAP envelope: its message, its CWMP namespace, its header.

    ``message`` is None for an empty Body.  ``namespace`` is "" where a device gave none, or none that can be
    echoed; ``repaired`` says what had to be mended to read it.
    """

    message: Message | None
    namespace: str = CWMP_1_0
    header: Header = _NO_HEADER
    repaired: str = ""


class Plan(Struct, frozen=True):
    """How an envelope is made of the texts of any document of one skeleton, with ``constants`` after them."""

    read: Callable[[Texts], Envelope]
    constants: list[str]


Alike = tuple[Known, ...]
"""Answers that look alike (`acs.cwmp.repeated`)."""


class Plans(Memo[Plan | Alike | None]):
    """The plans of what was read before, by their skeletons; and of what is usual among that.

    :param often: how often documents come before one of them is usual (`acs.cwmp.habits`).
    """

    def __init__(self, limit: int = LIMIT, noted: int = NOTED, often: float = OFTEN) -> None:
        super().__init__(limit, noted)
        self.habits = Habits(_lasting_plan, often)


_TRIED = 512
"""How many bytes of memory it takes to remember no more than that something was tried."""

LARGEST = 256 * 1024
"""How many bytes a body may have for its skeleton to be remembered."""


def read_envelope(body: bytes, charset: str = "", plans: Plans | None = None) -> Envelope:
    """Read one envelope; ``charset`` as the HTTP Content-Type gives it.  Raises `RemoteProtocolError`.

    The bytes need no parser where their skeleton is among the ``plans``: those of the process, if no others
    are given.
    """
    plans = _PLANS if plans is None else plans
    text = text_of(body, charset) if len(body) <= LARGEST else None
    if text is None:
        return _parsed(body, charset)[0]()
    if (usual := plans.habits.find(text)) is not None:
        form, texts = usual
        return form.read(texts + form.constants)
    cut = repeated.cut(text)
    if cut is not None and (known := repeated.found_in(_alike(cut, plans), text, cut)) is not None:
        assert isinstance(known, Envelope)
        return known
    skeleton = skeleton_of(text)
    plan = plans.get(skeleton.markup)
    if isinstance(plan, Plan):
        envelope = plan.read(skeleton.texts + plan.constants)
        plans.habits.note(text, skeleton)
        if cut is not None:
            _remember_whole(text, cut, skeleton, envelope, plans)
        return envelope
    read, lasting = _parsed(body, charset)
    if lasting and plans.wants(skeleton.markup):
        _remember(skeleton, plans)
    return read()


DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'
"""What a document may begin with: there are CPEs that refuse it (netcwmp), and such that want it."""


def write_envelope(envelope: Envelope) -> bytes:
    """The bytes of an envelope, UTF-8, without a declaration.  Raises `LocalProtocolError` for what cannot be
    sent."""
    header, message = envelope.header, envelope.message
    around = None if message is None else _around_id(envelope.namespace, type(message))
    if around is not None and header.id is not None and header == Header(header.id) and message == around[0]:
        return f"{around[1]}{text(header.id)}{around[2]}".encode()
    return _written(envelope).encode()


# Reading


def _parsed(body: bytes, charset: str) -> tuple[Callable[[], Envelope], bool]:
    """How to read a document, and whether any other of its skeleton is read alike."""
    root, repaired = parse(body, charset)
    slots = Slots()
    read, lasting = _envelope_plan(root, slots)
    if repaired:
        return lambda: replace(read(slots.constants), repaired=repaired), False
    return lambda: read(slots.constants), lasting


def _remember(skeleton: Skeleton, plans: Plans) -> None:
    # Where there is no plan, that is remembered: it is not to be looked into again.
    plan, _ = _plan_of(skeleton)
    plans.keep(skeleton.markup, plan, _size(skeleton))


def _plan_of(skeleton: Skeleton) -> tuple[Plan | None, bool]:
    """How documents of a skeleton are read, and whether all of them are."""
    root = marked_tree(skeleton)
    if root is None:
        return None, False
    slots = Slots(len(skeleton.texts))
    read, lasting = _envelope_plan(root, slots)
    return Plan(read, slots.constants), lasting


def _lasting_plan(skeleton: Skeleton) -> Plan | None:
    plan, lasting = _plan_of(skeleton)
    return plan if lasting else None


_PLANS = Plans()


def _alike(cut: Cut, plans: Plans) -> Alike:
    known = plans.get(cut.likeness)
    return known if isinstance(known, tuple) else ()


def _remember_whole(text: str, cut: Cut, skeleton: Skeleton, envelope: Envelope, plans: Plans) -> None:
    """Remember what was read more than once, which the next time needs nothing but its ID, and its values:
    names, values and attributes are understood in half of the time, both ways in turns."""
    identity = repeated.identity(text, cut, skeleton, envelope)
    if not plans.wants(identity):
        return
    plans.keep(identity, None, _TRIED)  # not to be tried again, whatever comes of it
    learnt = repeated.learnt(text, cut, envelope, lambda other: _parsed(other.encode(), "utf-8")[0]())
    if learnt is not None:
        alike = repeated.with_another(_alike(cut, plans), learnt)
        plans.keep(cut.likeness, alike, repeated.size(alike))


def _envelope_plan(root: etree._Element, slots: Slots) -> tuple[Callable[[Texts], Envelope], bool]:
    """How to read an envelope; False with it for what holds for this one document alone."""
    read_header, content = _parts(root, slots)
    if len(content) == 0:
        declared = _declared_namespace(content)
        return lambda texts: Envelope(None, declared, read_header(texts)), True
    spoken = _namespace_of(content[0])
    read_message, lasting = _message_plan(content[0], slots)

    def read(texts: Texts) -> Envelope:
        header = read_header(texts)
        try:
            return Envelope(read_message(texts), spoken, header)
        except RemoteProtocolError as error:
            error.id, error.namespace = header.id, spoken
            raise

    return read, lasting


def _parts(root: etree._Element, slots: Slots) -> tuple[Callable[[Texts], Header], etree._Element]:
    """How to read the header of an envelope, and its Body."""
    if local(root.tag) != "Envelope":
        raise RemoteProtocolError(f"not a SOAP envelope: {local(root.tag)[:60]!r}")
    headers = [child for child in root if local(child.tag) == "Header"]
    bodies = [child for child in root if local(child.tag) == "Body"]
    if len(bodies) != 1:
        raise RemoteProtocolError(f"{len(bodies)} Body elements in the envelope")
    if len(bodies[0]) > 1:
        raise RemoteProtocolError(f"{len(bodies[0])} elements in the Body")
    return _header_plan(headers[-1], slots) if headers else lambda texts: _NO_HEADER, bodies[0]


def _header_plan(element: etree._Element, slots: Slots) -> Callable[[Texts], Header]:
    named = {local(child.tag): child for child in element}
    places = {name: slots.of(child) for name, child in named.items() if name in _HEADER}
    if list(places) == ["ID"]:
        place = places["ID"]
        return lambda texts: Header(texts[place])
    return lambda texts: _header({name: texts[place] for name, place in places.items()})


def _header(fields: Mapping[str, str]) -> Header:
    versions = fields.get("SupportedCWMPVersions", "").split(",")
    return Header(
        id=fields.get("ID"),
        hold_requests=_flag(fields.get("HoldRequests")),
        no_more_requests=_flag(fields.get("NoMoreRequests")),
        session_timeout=_seconds(fields.get("SessionTimeout")),
        supported_versions=tuple(version.strip() for version in versions if version.strip()),
        use_version=fields.get("UseCWMPVersion", "").strip(),
    )


def _flag(value: str | None) -> bool:
    return value is not None and value.strip().lower() in ("1", "true")


def _seconds(value: str | None) -> int | None:
    stripped = (value or "").strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 10 else None


def _message_plan(element: etree._Element, slots: Slots) -> tuple[Callable[[Texts], Message], bool]:
    """How to read the message; False with it for what holds for this one document alone."""
    name = local(element.tag)
    try:
        if name == "Fault":
            return fault_plan(element, slots), True
        if name in MESSAGES:
            return codec.plan(MESSAGES[name], element, slots), True
    except RemoteProtocolError as error:
        return partial(_refuse, error), False
    return lambda texts: read_vendor(element), False


def _refuse(error: RemoteProtocolError, texts: Texts) -> Message:
    raise error


def _size(skeleton: Skeleton) -> int:
    """About how many bytes of memory a plan takes with its skeleton (measured, and rather more than less)."""
    width = 1 if skeleton.markup.isascii() else 4
    return width * len(skeleton.markup) + 48 * skeleton.markup.count("<") + 6 * 1024


def _namespace_of(method: etree._Element) -> str:
    own = namespace(method.tag)
    return own if CWMP_URN.match(own) else _declared_namespace(method)


def _declared_namespace(element: etree._Element) -> str:
    return next((uri for uri in element.nsmap.values() if CWMP_URN.match(uri)), "")


# Writing


def _written(envelope: Envelope) -> str:
    header = "" if envelope.header == _NO_HEADER else _header_text(envelope.header)
    body = "" if envelope.message is None else _message_text(envelope.message)
    start = _start(envelope.namespace)
    return f"{start}{header}<SOAP-ENV:Body>{body}</SOAP-ENV:Body></SOAP-ENV:Envelope>"


@lru_cache(maxsize=64)
def _around_id(cwmp: str, cls: type[Message]) -> tuple[Message, str, str] | None:
    """A message that leaves all its arguments at their defaults, as each InformResponse does, and what stands
    before and behind the ID of its envelope; None where it may not."""
    unsaid = _unsaid(cls)
    if unsaid is None:
        return None
    before, after = _written(Envelope(unsaid[0], cwmp, Header(_ID))).split(_ID)
    return unsaid[0], before, after


@lru_cache(maxsize=16)
def _start(cwmp: str) -> str:
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}" xmlns:SOAP-ENC="{SOAP_ENCODING}"'
        f' xmlns:xsd="{XSD}" xmlns:xsi="{XSI}" xmlns:cwmp="{cwmp_namespace(cwmp)}">'
    )


def _header_text(header: Header) -> str:
    out = []
    if header.id is not None:
        out.append(_header_element("ID", header.id, must_understand=True))
    if header.hold_requests:
        out.append(_header_element("HoldRequests", "1", must_understand=True))
    if header.no_more_requests:
        out.append(_header_element("NoMoreRequests", "1"))
    if header.session_timeout is not None:
        out.append(_header_element("SessionTimeout", str(header.session_timeout)))
    if header.supported_versions:
        out.append(_header_element("SupportedCWMPVersions", ",".join(header.supported_versions)))
    if header.use_version:
        out.append(_header_element("UseCWMPVersion", header.use_version, must_understand=True))
    return f"<SOAP-ENV:Header>{''.join(out)}</SOAP-ENV:Header>"


def _header_element(name: str, value: str, must_understand: bool = False) -> str:
    # The digits, literally: RDK-B takes no others.
    digit = "1" if must_understand else "0"
    return f'<cwmp:{name} SOAP-ENV:mustUnderstand="{digit}">{text(value)}</cwmp:{name}>'


def _message_text(message: Message) -> str:
    unsaid = _unsaid(type(message))
    if unsaid is not None and unsaid[0] == message:
        return unsaid[1]
    if isinstance(message, (VendorRequest, VendorResponse)):
        name = element_name(message.Method)
        return f"<cwmp:{name}>{vendor_content(message.XML)}</cwmp:{name}>"
    out: list[str] = []
    if isinstance(message, Fault):
        write_fault(message, out)
        return "".join(out)
    codec.write(message, out)
    return f"<cwmp:{name_of(message)}>{''.join(out)}</cwmp:{name_of(message)}>"


@per_class
def _unsaid(cls: type[Message]) -> tuple[Message, str] | None:
    """The message that leaves all its arguments at their defaults, and its XML; None where it may not."""
    out: list[str] = []
    try:
        codec.write(cls(), out)
    except (TypeError, LocalProtocolError):
        return None
    return cls(), f"<cwmp:{cls.__name__}>{''.join(out)}</cwmp:{cls.__name__}>"
