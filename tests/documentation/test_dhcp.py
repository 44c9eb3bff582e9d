"""The ACS URL by DHCP: the servers take our examples, and answer a device with the bytes that are shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT, needs_program

DNSMASQ, KEA = ROOT / "etc/dhcp/dnsmasq.conf", ROOT / "etc/dhcp/kea-dhcp4.json"
PAGE = (ROOT / "docs/ten-minutes.rst").read_text()
ASKING = ROOT / "tests/documentation/asking_dhcp.sh"


def may_have_a_network_of_its_own() -> bool:
    """Whether this user may make a network namespace, with a network to ask servers in."""
    try:
        made = subprocess.run(["unshare", "--net", "ip", "link"], capture_output=True, check=False)
        return made.returncode == 0
    except OSError:
        return False


def options(data: bytes) -> dict[int, bytes]:
    """Options by their numbers, of option 43 or one enterprise's of option 125."""
    found = {}
    while data and data[0] != 255:
        found[data[0]] = data[2 : 2 + data[1]]
        data = data[2 + data[1] :]
    return found


def shown(first: str) -> bytes:
    """The bytes on the page from these on."""
    return bytes.fromhex(re.split(r"\n\n|\n\(", PAGE[PAGE.index(first) :])[0])


WANTED = {1: b"http://acs.isp.example:7547/", 2: b"berlin", 3: b"5"}
FURTHER = {number + 10: value for number, value in WANTED.items()}


class PageTests(SynchronousTestCase):
    def test_the_bytes_that_are_shown_are_those_options(self) -> None:
        plain, enterprise = shown("2b 29"), shown("7d 2e")
        self.assertEqual((43, len(plain) - 2, WANTED), (plain[0], plain[1], options(plain[2:])))
        self.assertEqual((125, len(enterprise) - 2), (enterprise[0], enterprise[1]))
        self.assertEqual(3561, int.from_bytes(enterprise[2:6]))
        self.assertEqual((len(enterprise) - 7, FURTHER), (enterprise[6], options(enterprise[7:])))


class DnsmasqTests(SynchronousTestCase):
    skip = needs_program("dnsmasq")

    def test_it_takes_the_example(self) -> None:
        command = ["dnsmasq", "--test", "-C", str(DNSMASQ)]
        self.assertEqual(0, subprocess.run(command, capture_output=True, check=False).returncode)


class KeaTests(SynchronousTestCase):
    skip = needs_program("kea-dhcp4")

    def test_it_takes_the_example(self) -> None:
        path = Path(self.mktemp())
        path.write_text(KEA.read_text().replace('"eth0"', '"lo"'))
        done = subprocess.run(["kea-dhcp4", "-t", str(path)], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


class AskedTests(SynchronousTestCase):
    """Real servers, asked as a device asks, on a network that only they are on."""

    if not may_have_a_network_of_its_own():
        skip = "this user may not make a network namespace"

    def answered(self, server: str, configuration: str) -> dict[int, bytes]:
        """The options of the offer."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        (folder / "server.conf").write_text(configuration)
        command = ["unshare", "--net", "bash", str(ASKING), server, sys.executable]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        self.assertEqual(0, done.returncode, (done.stderr, *(p.read_text() for p in folder.glob("log"))))
        return {int(code): bytes.fromhex(value) for code, value in json.loads(done.stdout).items()}

    def assert_told(self, offered: dict[int, bytes]) -> None:
        self.assertEqual(WANTED, options(offered[43]))
        self.assertEqual((3561).to_bytes(4), offered[125][:4])
        self.assertEqual((len(offered[125]) - 5, FURTHER), (offered[125][4], options(offered[125][5:])))

    def test_dnsmasq_tells_a_device_the_url_in_both_options(self) -> None:
        self.assert_told(self.answered("dnsmasq", DNSMASQ.read_text()))

    test_dnsmasq_tells_a_device_the_url_in_both_options.skip = DnsmasqTests.skip  # type: ignore[attr-defined]

    def test_kea_tells_a_device_the_url_in_both_options(self) -> None:
        here = KEA.read_text().replace('"eth0"', '"acs0"').replace('"memfile"', '"memfile", "persist": false')
        offered = self.answered("kea-dhcp4", here)
        self.assert_told(offered)
        self.assertEqual(shown("2b 29")[2:], offered[43])
        self.assertEqual(shown("7d 2e")[2:], offered[125])

    test_kea_tells_a_device_the_url_in_both_options.skip = KeaTests.skip  # type: ignore[attr-defined]
