"""Quirks of how devices fetch files."""

from __future__ import annotations

from acs.quirks.adapter import Adapter
from acs.quirks.quirk import Quirk

__all__ = ["QUIRKS"]

QUIRKS = (
    Quirk(
        "plain-file-urls",
        "A file whose URL is long, or has a ticket in it, is not fetched, or asked for by another name.",
        "The device is told the plain URL, with a user name and a password of its own beside it.",
        "Reported to several projects, without a name",
        Adapter(plain_file_urls=True),
    ),
    Quirk(
        "files-by-tftp",
        "Files are fetched by TFTP alone; HTTP is answered with fault 9013, or a download that fails.",
        "The device is told a TFTP URL; whoever knows the path can have the file.",
        "Reported to several projects, without a name",
        Adapter(files_by_tftp=True),
    ),
)
