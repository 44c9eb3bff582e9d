"""The package as a newcomer makes it on another Debian: by the one command, with what that says it lacks."""

from __future__ import annotations

import os
import re
import shutil
from functools import cache
from pathlib import Path

from tests import ROOT
from tests.packaging import roots
from tests.packaging.roots import Debian

RELEASE = "trixie"
"""The newest that there is."""

_SOURCES = "/root/acs"
_AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
_LACKS = re.compile(r"^Needed to build: (apt-get install (.*))$", re.MULTILINE)


@cache
def _new() -> Debian:
    return roots.empty(RELEASE)


@cache
def package() -> Path:
    """The package of these sources for that release, built there."""
    debian = _new().copy()
    try:
        debian.show(ROOT, _SOURCES)
        lacking = _LACKS.search(_built(debian)[1])
        assert lacking, "build-deb says of an empty Debian that nothing is lacking"
        debian.run(*lacking[1].split(), "-y", "--no-install-recommends")
        # pip goes the way of this machine's.
        shutil.copy(Path("/", _AUTHORITIES), debian.at(_AUTHORITIES))
        status, said = _built(debian)
        if status:
            raise AssertionError(f"build-deb failed on {RELEASE}:\n{said}")
        [built] = debian.at("/root").glob("*.deb")
        return Path(shutil.copy(built, roots.temporary()))
    finally:
        debian.remove()


def _built(debian: Debian) -> tuple[int, str]:
    ways = [f"{key}={value}" for key, value in os.environ.items() if key.startswith("PIP_")]
    return debian.tried("env", *ways, f"{_SOURCES}/packaging/build-deb", "--output", "/root")


@cache
def installed() -> Debian:
    """A Debian of that release with the package in it, which nobody changes: `Debian.copy` it."""
    built, found = package(), _new()  # in which nothing is built any more
    found.install(built)
    return found
