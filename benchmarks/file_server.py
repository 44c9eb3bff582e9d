"""Runs the appliance with the file site in the same reactor, telling on which ports they listen.

``python -m benchmarks.file_server acs.toml FOLDER [BYTES_PER_SECOND]``: every file of the folder is open to
everybody.
"""

from __future__ import annotations

import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from twisted.internet import reactor
from twisted.logger import globalLogBeginner

from acs import config, logs
from acs.firmware.image import Image
from acs.firmware.uploads import Uploads
from acs.hypertext.authorization import Nonces
from acs.service import Appliance
from acs.web.files.limits import Limits
from acs.web.files.site import make_file_site

KEY = b"k" * 32


class Folder:
    """A catalogue of what was there at the beginning."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._images = {path.name: self._image(path) for path in folder.iterdir() if path.is_file()}

    def _image(self, path: Path) -> Image:
        with path.open("rb") as file:
            digest = sha256()
            while piece := file.read(1 << 20):
                digest.update(piece)
        facts = path.stat()
        return Image(path.name, facts.st_size, facts.st_mtime, sha256=digest.hexdigest())

    def images(self) -> list[Image]:
        """All of them."""
        return list(self._images.values())

    def image(self, path: str) -> Image | None:
        """One of them."""
        return self._images.get(path)

    def for_device(self, manufacturer: str, oui: str, product_class: str, version: str) -> Image | None:
        """It knows of no devices."""
        return None

    def open(self, path: str) -> tuple[Image, BinaryIO]:
        """One of them, open."""
        return self._images[path], open(self._folder / path, "rb")


def main(configuration: str, folder: str, rate: str = "0") -> None:
    """Run until SIGTERM."""
    core: Any = reactor
    settings = config.load(configuration)
    globalLogBeginner.beginLoggingTo([logs.observer(sys.stderr, settings.log.level, settings.log.format)])
    appliance = Appliance(settings, core, announce=lambda url, password: None)
    site = make_file_site(
        catalogue=Folder(Path(folder)),
        uploads=Uploads(Path(folder) / "uploads"),
        key=KEY,
        nonces=Nonces(KEY, core.seconds, os.urandom),
        clock=core,
        reactor=core,
        is_open=lambda path: True,
        limits=Limits(downloads_per_address=1000, rate_together=int(rate)),
    )
    files = core.listenTCP(0, site, interface="127.0.0.1", backlog=1000)
    appliance.startService()

    def tell(_: Any) -> None:
        listens = {"port": appliance.ports[settings.cwmp[0].name], "files": files}
        for name, port in {**listens, "console": appliance.ports["console"]}.items():
            print(name, port.getHost().port, file=sys.__stdout__, flush=True)

    appliance.started.addCallback(tell)
    core.addSystemEventTrigger("before", "shutdown", appliance.stopService)
    core.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
