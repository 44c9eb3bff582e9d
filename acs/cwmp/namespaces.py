"""The XML namespaces that messages of CWMP are written in.

The prefixes are not free: some CPEs match them as text, ``SOAP-ENV:`` and ``cwmp:`` being what all of them
take.
"""

from __future__ import annotations

import re

SOAP_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

CWMP_1_0 = "urn:dslforum-org:cwmp-1-0"
CWMP_1_1 = "urn:dslforum-org:cwmp-1-1"
CWMP_1_2 = "urn:dslforum-org:cwmp-1-2"
"""CWMP 1.2, 1.3 and 1.4 share it (XSDs cwmp-1-2 to cwmp-1-4)."""

CWMP_URN = re.compile(r"urn:dslforum-org:cwmp-([0-9]{1,3})-([0-9]{1,3})\Z")
"""Any CWMP namespace, of this standard or of a device's own making: its version's numbers."""


def local(tag: str) -> str:
    """The name of ``{namespace}name`` without its namespace."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """The namespace of ``{namespace}name``, "" where it has none."""
    return tag.rpartition("}")[0][1:]
