"""The object of the API that tells of a file for devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acs.firmware.contents import Entry
from acs.web.objects.shapes import KNOWN, LIST, NUMBER, TEXT, TIME, Member, Shape


def _of_image(name: str) -> Callable[[Entry], Any]:
    return lambda entry: getattr(entry.image, name)


FIRMWARE = Shape(
    "Firmware",
    (
        Member("path", TEXT, _of_image("path"), "Relative to the folder, as in HTTP and TFTP names."),
        Member("size", NUMBER, _of_image("size"), "In bytes."),
        Member("sha256", KNOWN, _of_image("sha256"), "Null until it is known: before, no device gets it."),
        Member("file_type", TEXT, _of_image("file_type"), "As the standard calls it in a Download."),
        Member("vendor", KNOWN, _of_image("vendor"), "Manufacturer or OUI, as the path tells."),
        Member("product_class", KNOWN, _of_image("product_class")),
        Member("version", KNOWN, _of_image("version")),
        Member("reported", KNOWN, _of_image("reported"), "The version that a device tells that runs it."),
        Member("models", LIST, _of_image("models"), "Further ones: Manufacturer/ProductClass."),
        Member("target_file_name", KNOWN, _of_image("target_file_name")),
        Member("notes", KNOWN, _of_image("notes")),
        Member("modified", TIME, _of_image("modified")),
        Member("problems", LIST, "problems", "Why no device is given it by itself."),
    ),
)
