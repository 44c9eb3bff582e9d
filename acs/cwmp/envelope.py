"""The bytes of one HTTP body to an `Envelope` and back (TR-069 3.4.1, 3.5; SOAP 1.1)."""

from __future__ import annotations

from functools import lru_cache

from lxml import etree
from msgspec import Struct

from acs.cwmp import codec
from acs.cwmp.document import parse
from acs.cwmp.errors import RemoteProtocolError
from acs.cwmp.faults import read_fault, write_fault
from acs.cwmp.markup import cwmp_namespace, element_name, text
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
from acs.cwmp.rpcs import MESSAGES
from acs.cwmp.vendor import read_vendor, vendor_content


class Header(Struct, frozen=True):
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


class Envelope(Struct, frozen=True):
    """One SOAP envelope: its message, its CWMP namespace, its header.

    ``message`` is None for an empty Body.  ``namespace`` is "" where a device gave none, or none that can be
    echoed; ``repaired`` says what had to be mended to read it.
    """

    message: Message | None
    namespace: str = CWMP_1_0
    header: Header = _NO_HEADER
    repaired: str = ""


def read_envelope(body: bytes, charset: str = "") -> Envelope:
    """Read one envelope; ``charset`` as the HTTP Content-Type gives it.  Raises `RemoteProtocolError`."""
    root, repaired = parse(body, charset)
    header, content = _parts(root)
    if len(content) == 0:
        return Envelope(None, _declared_namespace(content), header, repaired)
    method = content[0]
    spoken = _namespace_of(method)
    try:
        return Envelope(_read_message(method), spoken, header, repaired)
    except RemoteProtocolError as error:
        error.id, error.namespace = header.id, spoken
        raise


def write_envelope(envelope: Envelope) -> bytes:
    """The bytes of an envelope, UTF-8.  Raises `LocalProtocolError` for what cannot be sent."""
    out = [_start(envelope.namespace)]
    _write_header(envelope.header, out)
    out.append("<SOAP-ENV:Body>")
    if envelope.message is not None:
        _write_message(envelope.message, out)
    out.append("</SOAP-ENV:Body></SOAP-ENV:Envelope>")
    return "".join(out).encode()


# Reading


def _parts(root: etree._Element) -> tuple[Header, etree._Element]:
    """The header and the Body of an envelope."""
    if local(root.tag) != "Envelope":
        raise RemoteProtocolError(f"not a SOAP envelope: {local(root.tag)[:60]!r}")
    header, bodies = _NO_HEADER, []
    for child in root:
        tag = local(child.tag)
        if tag == "Header":
            header = _read_header(child)
        elif tag == "Body":
            bodies.append(child)
    if len(bodies) != 1:
        raise RemoteProtocolError(f"{len(bodies)} Body elements in the envelope")
    if len(bodies[0]) > 1:
        raise RemoteProtocolError(f"{len(bodies[0])} elements in the Body")
    return header, bodies[0]


def _read_header(element: etree._Element) -> Header:
    fields: dict[str, str] = {local(child.tag): child.text or "" for child in element}
    if len(fields) == 1 and "ID" in fields:
        return Header(fields["ID"])
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


def _read_message(element: etree._Element) -> Message:
    name = local(element.tag)
    if name == "Fault":
        return read_fault(element)
    declared = MESSAGES.get(name)
    if declared is None:
        return read_vendor(element)
    return codec.read(declared, element)


def _namespace_of(method: etree._Element) -> str:
    own = namespace(method.tag)
    return own if CWMP_URN.match(own) else _declared_namespace(method)


def _declared_namespace(element: etree._Element) -> str:
    return next((uri for uri in element.nsmap.values() if CWMP_URN.match(uri)), "")


# Writing


@lru_cache(maxsize=16)
def _start(cwmp: str) -> str:
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP_ENVELOPE}" xmlns:SOAP-ENC="{SOAP_ENCODING}"'
        f' xmlns:xsd="{XSD}" xmlns:xsi="{XSI}" xmlns:cwmp="{cwmp_namespace(cwmp)}">'
    )


def _write_header(header: Header, out: list[str]) -> None:
    if header == _NO_HEADER:
        return
    out.append("<SOAP-ENV:Header>")
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
    out.append("</SOAP-ENV:Header>")


def _header_element(name: str, value: str, must_understand: bool = False) -> str:
    # The digits, literally: RDK-B takes no others.
    return f'<cwmp:{name} SOAP-ENV:mustUnderstand="{must_understand:d}">{text(value)}</cwmp:{name}>'


def _write_message(message: Message, out: list[str]) -> None:
    if isinstance(message, Fault):
        write_fault(message, out)
        return
    if isinstance(message, (VendorRequest, VendorResponse)):
        name = element_name(message.Method)
        out.append(f"<cwmp:{name}>{vendor_content(message.XML)}</cwmp:{name}>")
        return
    name = name_of(message)
    out.append(f"<cwmp:{name}>")
    codec.write(message, out)
    out.append(f"</cwmp:{name}>")
