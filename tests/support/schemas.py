"""The schemas of CWMP as a judge of what we send: an envelope in, everything that is wrong with it out.

The schemas alone are a poor judge: what stands in a SOAP Body is lax to them, so that a wrong method, two of
them, or an array that lies about its length pass.  What they leave open is looked at here.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from lxml import etree

from acs.cwmp.namespaces import SOAP_ENCODING, SOAP_ENVELOPE
from acs.cwmp.versions import NAMESPACES
from tests import REFERENCE, needs_reference

BBF = REFERENCE / "bbf"
SKIP = needs_reference("bbf/xsd")
"""Why tests that need the schemas are skipped, None where they are not."""

_PLACES = ("http://www.broadband-forum.org/cwmp/", "https://www.broadband-forum.org/cwmp/")
_ARRAY_TYPE = f"{{{SOAP_ENCODING}}}arrayType"


def objections(body: bytes, version: str) -> list[str]:
    """What is wrong with an envelope as one of this CWMP version, such as "1.2"; nothing, if nothing is."""
    root = etree.fromstring(body)
    schema = _schema(version)
    schema.validate(root)
    return [
        *(f"line {error.line}: {error.message}" for error in schema.error_log),
        *_outside(root, NAMESPACES[version]),
        *_method(root, NAMESPACES[version], _declared(version)),
        *(wrong for element in root.iter() for wrong in _array(element)),
    ]


def _outside(root: etree._Element, cwmp: str) -> list[str]:
    """The envelope, its parts and the elements of its header."""
    names = [child.tag for child in root]
    allowed = ([_soap("Body")], [_soap("Header"), _soap("Body")])
    found = [] if root.tag == _soap("Envelope") and names in allowed else [f"{root.tag} holds {names}"]
    header = root.find(_soap("Header"))
    for child in header if header is not None else ():
        if not str(child.tag).startswith(f"{{{cwmp}}}"):
            found.append(f"{child.tag} in the header")
    return found


def _method(root: etree._Element, cwmp: str, declared: frozenset[str]) -> list[str]:
    """The one element of the Body, or the fault in it."""
    body = root.find(_soap("Body"))
    if body is None or len(body) != 1:
        return [f"{0 if body is None else len(body)} elements in the Body"]
    method = body[0]
    if method.tag == _soap("Fault"):
        inner = method.findall(f"detail/{{{cwmp}}}Fault")
        return [] if len(inner) == 1 else [f"{len(inner)} CWMP faults in the SOAP fault"]
    name = etree.QName(method)
    return [] if name.namespace == cwmp and name.localname in declared else [f"{method.tag} is not declared"]


def _array(element: etree._Element) -> list[str]:
    """An array: its type is declared, its items are of that type, and there are as many as it says."""
    said = element.get(_ARRAY_TYPE)
    if said is None:
        return []
    match = re.fullmatch(r"([\w-]+):(\w+)\[(\d+)\]", said)
    if match is None or match[1] not in element.nsmap:
        return [f"arrayType {said!r}"]
    wrong = [child.tag for child in element if child.tag != match[2]]
    return [f"{said} holds {wrong or len(element)}"] if wrong or len(element) != int(match[3]) else []


def _soap(name: str) -> str:
    return f"{{{SOAP_ENVELOPE}}}{name}"


@cache
def _schema(version: str) -> etree.XMLSchema:
    return etree.XMLSchema(_document(version))


def _file(version: str) -> Path:
    return BBF / "xsd" / f"cwmp-{version.replace('.', '-')}.xsd"


def _document(version: str) -> etree._ElementTree:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Offline())
    return etree.parse(str(_file(version)), parser)


@cache
def _declared(version: str) -> frozenset[str]:
    """The elements that a version declares; 1.3 and 1.4 add to those of 1.2."""
    files = {version, "1.2"} if version > "1.2" else {version}
    return frozenset(
        str(element.get("name"))
        for each in files
        for element in etree.parse(str(_file(each))).getroot().iterchildren("{*}element")
    )


class _Offline(etree.Resolver):
    """Finds what the schemas import beside them, and nothing anywhere else."""

    def resolve(self, url: str, public_id: str, context: object) -> object:
        """Called by lxml for each schema that another one names."""
        if url == SOAP_ENVELOPE:
            return self.resolve_string(_soap_schema(), context, base_url=url)
        if url == SOAP_ENCODING:
            return self.resolve_filename(str(BBF / "soap/soap-encoding-1.1.xsd"), context)
        for place in _PLACES:
            if url.startswith(place):
                return self.resolve_filename(str(BBF / "xsd" / url.removeprefix(place)), context)
        if "://" in url:
            raise OSError(f"not beside the schemas: {url}")
        return None


def _soap_schema() -> bytes:
    # SOAP 1.1 allows encodingStyle on an Envelope; this edition of its schema does not.
    text = (BBF / "soap/soap-envelope-1.1.xsd").read_text("utf-8")
    return text.replace('<xs:anyAttribute namespace="##other"', '<xs:anyAttribute namespace="##any"').encode()
