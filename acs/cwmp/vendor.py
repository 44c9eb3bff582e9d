"""Vendors' RPCs, which the standard does not know, carried as whole XML elements.

Nothing else is carried: no text between them, no comments.
"""

from __future__ import annotations

from lxml import etree

from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.markup import text
from acs.cwmp.messages import VendorRequest, VendorResponse
from acs.cwmp.namespaces import SOAP_ENCODING, SOAP_ENVELOPE, XSD, XSI, local

MAX_ELEMENTS = 10_000
"""How many elements a vendor's RPC may hold when it is read."""
MAX_NAMES = 32
"""How many attributes, and how many namespaces, each of them may have."""

_PREFIXES = {"SOAP-ENV": SOAP_ENVELOPE, "SOAP-ENC": SOAP_ENCODING, "xsd": XSD, "xsi": XSI}
_START = "<content " + " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _PREFIXES.items()) + ">"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def read_vendor(element: etree._Element) -> VendorRequest | VendorResponse:
    """A method element that no table names; its name tells a response.  Raises `RemoteProtocolError`."""
    if _too_large(element):
        raise RemoteProtocolError("a vendor's RPC with too many elements or names", fault=8004)
    name = local(element.tag)
    kind = VendorResponse if name.endswith("Response") else VendorRequest
    try:
        return kind(name, _content_of(element))
    except etree.C14NError:
        raise RemoteProtocolError("a vendor's RPC with relative namespaces", fault=8003) from None


def vendor_content(xml: str) -> str:
    """The arguments of a vendor's RPC as they will be sent; raises `LocalProtocolError` for no elements.

    The prefixes SOAP-ENV, SOAP-ENC, xsd and xsi may be used without being declared.
    """
    try:
        # What is well-formed between these two tags cannot end the element that it will be sent in.
        parsed = etree.fromstring(f"{_START}{xml}</content>".encode(), _PARSER)
    except (etree.XMLSyntaxError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"not XML elements: {error}") from None
    if any(not isinstance(node.tag, str) for node in parsed.iter()):
        raise LocalProtocolError("not XML elements alone: there are comments or processing instructions")
    if any(words and not words.isspace() for words in (parsed.text, *(child.tail for child in parsed))):
        raise LocalProtocolError("not XML elements alone: there is text between them")
    return xml


def _too_large(element: etree._Element) -> bool:
    # Writing in canonical form takes time by the square of these.
    return any(
        number > MAX_ELEMENTS or len(node.attrib) > MAX_NAMES or len(node.nsmap) > MAX_NAMES
        for number, node in enumerate(element.iter())
    )


def _content_of(element: etree._Element) -> str:
    parts = [text(element.text or "")]
    for child in element:
        prefixes = _prefixes_in(child)
        canonical = etree.tostring(child, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
        parts += canonical.decode(), text(child.tail or "")
    return "".join(parts)


def _prefixes_in(element: etree._Element) -> list[str]:
    """The prefixes in values of attributes, as in ``xsi:type``: the canonical form would drop them."""
    used: set[str] = set()
    declared: set[tuple[str | None, str]] = set()
    for node in element.iter():
        used.update(str(value).partition(":")[0] for value in node.attrib.values())
        declared.update(node.nsmap.items())
    return sorted(prefix for prefix, uri in declared if prefix in used and _PREFIXES.get(prefix) != uri)
