"""The ACS URL by DHCP: the servers take our examples, and answer a device with the bytes that are shown."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests import ROOT, needs_program
from tests.support.access_network import DNSMASQ, EXAMPLE, AccessNetwork, refusal
from tests.support.dhcp_options import of_forum, options

KEA_EXAMPLE = ROOT / "etc/dhcp/kea-dhcp4.json"
KEA = ("sh", "-c", "KEA_PIDFILE_DIR=$PWD KEA_LOCKFILE_DIR=$PWD exec kea-dhcp4 -c server.conf")
PAGE = (ROOT / "docs/ten-minutes.rst").read_text()


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
        self.assertEqual(FURTHER, of_forum(enterprise[2:]))


class DnsmasqTests(SynchronousTestCase):
    skip = needs_program("dnsmasq")

    def test_it_takes_the_example(self) -> None:
        command = ["dnsmasq", "--test", "-C", str(EXAMPLE)]
        self.assertEqual(0, subprocess.run(command, capture_output=True, check=False).returncode)


class KeaTests(SynchronousTestCase):
    skip = needs_program("kea-dhcp4")

    def test_it_takes_the_example(self) -> None:
        path = Path(self.mktemp())
        path.write_text(KEA_EXAMPLE.read_text().replace('"eth0"', '"lo"'))
        done = subprocess.run(["kea-dhcp4", "-t", str(path)], capture_output=True, text=True, check=False)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)


class AskedTests(SynchronousTestCase):
    """Real servers, asked as a home gateway asks, on a network that only they are on."""

    skip = refusal()

    def answered(self, server: Sequence[str], configuration: str) -> dict[int, bytes]:
        """The two options."""
        network = AccessNetwork(Path(self.mktemp()).absolute(), server, configuration)
        self.addCleanup(network.remove)
        network.start()
        return network.ask()

    def assert_told(self, told: dict[int, bytes]) -> None:
        self.assertEqual((WANTED, FURTHER), (options(told[43]), of_forum(told[125])))

    def test_dnsmasq_tells_a_device_the_url_in_both_options(self) -> None:
        self.assert_told(self.answered(DNSMASQ, EXAMPLE.read_text()))

    def test_kea_tells_a_device_the_url_in_both_options(self) -> None:
        example = KEA_EXAMPLE.read_text().replace('"memfile"', '"memfile", "persist": false')
        told = self.answered(KEA, example)
        self.assert_told(told)
        self.assertEqual(shown("2b 29")[2:], told[43])
        self.assertEqual(shown("7d 2e")[2:], told[125])

    test_kea_tells_a_device_the_url_in_both_options.skip = KeaTests.skip  # type: ignore[attr-defined]
