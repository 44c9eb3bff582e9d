"""Writes what the package brings with it as a bill of materials: CycloneDX 1.5 (ECMA-424), as JSON.

``python packaging/sbom.py FOLDER FILE`` lists the distributions below FOLDER as their own metadata tell of
them, with the shared libraries that their wheels carry.  The same folder makes the same file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

PRODUCT = "acs"


def normal(name: str) -> str:
    """The name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def purl(distribution: Distribution) -> str:
    """The package URL, by which advisories name it."""
    return f"pkg:pypi/{normal(distribution.name)}@{distribution.version}"


def licences(distribution: Distribution) -> list[dict[str, Any]]:
    """As its author says: an SPDX expression, else the classifiers, else the first line of the text."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return [{"expression": expression}]
    kept = [each for each in metadata.get_all("Classifier") or () if each.startswith("License ::")]
    names = [each.rsplit(" :: ", 1)[1] for each in kept]
    text = (metadata.get("License") or "").strip().split("\n")[0]
    return [{"license": {"name": name}} for name in names or filter(None, [text])]


def component(distribution: Distribution) -> dict[str, Any]:
    """One library."""
    found = {
        "type": "library",
        "bom-ref": purl(distribution),
        "name": distribution.name,
        "version": distribution.version,
        "purl": purl(distribution),
        "licenses": licences(distribution),
    }
    return {key: value for key, value in found.items() if value}


def carried(folder: Path) -> Iterator[dict[str, Any]]:
    """The shared libraries of others that wheels have brought along (``NAME.libs/``)."""
    for path in sorted(folder.glob("*.libs/*")):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = str(path.relative_to(folder))
        yield {
            "type": "file",
            "bom-ref": f"file:{name}",
            "name": name,
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }


def needs(distribution: Distribution, known: dict[str, str]) -> list[str]:
    """Which of those that are there it asks for."""
    asked = (re.match(r"[A-Za-z0-9._-]+", line) for line in distribution.requires or ())
    names = {normal(match[0]) for match in asked if match}
    return sorted(known[name] for name in names if name in known)


def bill(folder: Path) -> dict[str, Any]:
    """The whole document."""
    found = sorted(distributions(path=[str(folder)]), key=lambda each: normal(each.name))
    [product] = [each for each in found if normal(each.name) == PRODUCT]
    known = {normal(each.name): purl(each) for each in found}
    libraries = [component(each) for each in found if each is not product] + list(carried(folder))
    when = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), UTC)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": f"{when:%Y-%m-%dT%H:%M:%SZ}",
            "component": component(product) | {"type": "application"},
        },
        "components": libraries,
        "dependencies": [{"ref": purl(each), "dependsOn": needs(each, known)} for each in found],
    }
    same = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "serialNumber": f"urn:uuid:{same}",
    } | document


def main(folder: str, file: str) -> None:
    """Write it."""
    Path(file).write_text(json.dumps(bill(Path(folder)), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
