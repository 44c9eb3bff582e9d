"""The bill of materials names what is there, by the names that advisories use."""

from __future__ import annotations

import json
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.packaging import load

sbom = load("sbom")

METADATA = """Metadata-Version: 2.1
Name: {name}
Version: {version}
{more}"""


class BillTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Have a folder with two libraries, and ourselves."""
        self.folder = Path(self.mktemp())
        self.add(
            "acs",
            "0.1",
            "License: MIT\nRequires-Dist: Zope.Interface>=5\nRequires-Dist: absent; extra == 'x'\n",
        )
        self.add("zope.interface", "6.4", "Classifier: License :: OSI Approved :: Zope Public License\n")
        self.add("lxml", "5.2", "License-Expression: BSD-3-Clause\n")
        libraries = self.folder / "lxml.libs"
        libraries.mkdir()
        (libraries / "libxml2-1.so").write_bytes(b"machine code")

    def add(self, name: str, version: str, more: str) -> None:
        """Install a library of that name, as pip would."""
        folder = self.folder / f"{name}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(METADATA.format(name=name, version=version, more=more))

    def bill(self) -> Any:
        """What is written."""
        sbom.main(str(self.folder), str(self.folder / "bill.json"))
        return json.loads((self.folder / "bill.json").read_text())

    def test_it_is_of_the_program_and_says_in_which_format(self) -> None:
        bill = self.bill()
        self.assertEqual(("CycloneDX", "1.5", 1), (bill["bomFormat"], bill["specVersion"], bill["version"]))
        product = bill["metadata"]["component"]
        self.assertEqual(
            ("application", "acs", "0.1"), (product["type"], product["name"], product["version"])
        )

    def test_libraries_have_their_version_url_and_licence(self) -> None:
        lxml, zope, library = self.bill()["components"]
        self.assertEqual("pkg:pypi/lxml@5.2", lxml["purl"])
        self.assertEqual([{"expression": "BSD-3-Clause"}], lxml["licenses"])
        self.assertEqual(("pkg:pypi/zope-interface@6.4", "6.4"), (zope["purl"], zope["version"]))
        self.assertEqual([{"license": {"name": "Zope Public License"}}], zope["licenses"])
        self.assertEqual("lxml.libs/libxml2-1.so", library["name"])
        self.assertEqual(64, len(library["hashes"][0]["content"]))

    def test_what_is_asked_for_is_named_where_it_is_there(self) -> None:
        needs = {each["ref"]: each["dependsOn"] for each in self.bill()["dependencies"]}
        self.assertEqual(["pkg:pypi/zope-interface@6.4"], needs["pkg:pypi/acs@0.1"])

    def test_the_same_folder_makes_the_same_bill(self) -> None:
        self.assertEqual(self.bill(), self.bill())

    def test_what_is_installed_here_can_be_told(self) -> None:
        [here] = [
            path
            for path in sys.path
            if list(Path(path).glob("Twisted-*.dist-info")) or list(Path(path).glob("twisted-*.dist-info"))
        ]
        found = {component["name"].lower() for component in map(sbom.component, distributions(path=[here]))}
        self.assertLessEqual({"twisted", "lxml", "cryptography"}, found)
