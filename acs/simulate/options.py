"""The options of a simulated CPE that vouchers enable (TR-069 A.4.1.3, Annex C, deprecated)."""

from __future__ import annotations

import base64
import binascii

from lxml import etree

from acs.cwmp.namespaces import local
from acs.cwmp.values import OptionStruct
from acs.simulate.refusals import INVALID_ARGUMENTS, Refusal

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_ENABLED_AND_SET_UP = 3  # OptionStruct's State
_WITHOUT_EXPIRATION = 2  # its Mode


class Options:
    """What has been enabled so far; nobody checks the vouchers' signatures."""

    __slots__ = ("_enabled",)

    def __init__(self) -> None:
        self._enabled: dict[str, OptionStruct] = {}

    def enable(self, vouchers: tuple[str, ...]) -> None:
        """Take vouchers, all or none; raises `Refusal`."""
        found = [option for voucher in vouchers for option in _options_in(voucher)]
        self._enabled.update((option.OptionName, option) for option in found)

    def told(self, name: str) -> tuple[OptionStruct, ...]:
        """The option of that name, all of them for ""; raises `Refusal`."""
        if not name:
            return tuple(self._enabled.values())
        if name not in self._enabled:
            raise Refusal(INVALID_ARGUMENTS, "no such option")
        return (self._enabled[name],)


def _options_in(voucher: str) -> list[OptionStruct]:
    """What a voucher enables: its Option elements, in base64."""
    try:
        document = etree.fromstring(base64.b64decode("".join(voucher.split()), validate=True), _PARSER)
    except (binascii.Error, etree.XMLSyntaxError, ValueError):
        raise Refusal(INVALID_ARGUMENTS, "not a voucher") from None
    elements = (node for node in document.iter() if isinstance(node.tag, str))
    found = [_option(element) for element in elements if local(element.tag) == "Option"]
    if not found:
        raise Refusal(INVALID_ARGUMENTS, "a voucher for nothing")
    return found


def _option(element: etree._Element) -> OptionStruct:
    texts = {local(child.tag): (child.text or "").strip() for child in element if isinstance(child.tag, str)}
    name, serial = texts.get("OptionIdent", ""), texts.get("VSerialNum", "0")
    if not name or not serial.isdecimal():
        raise Refusal(INVALID_ARGUMENTS, "a voucher without OptionIdent")
    return OptionStruct(name[:64], int(serial) % 2**32, _ENABLED_AND_SET_UP, _WITHOUT_EXPIRATION)
