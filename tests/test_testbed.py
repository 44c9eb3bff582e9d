"""The testbed's network: what DHCP tells leads to the ACS, and nothing is left of what does not start."""

from __future__ import annotations

import subprocess
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.access_network import ACS_HOST, ADDRESS, PORT, AccessNetwork, namespaces, refusal
from tests.support.dhcp_options import acs_url


class AccessNetworkTests(SynchronousTestCase):
    skip = refusal()

    def setUp(self) -> None:
        self.network = AccessNetwork(Path(self.mktemp()).absolute())
        self.addCleanup(self.network.remove)

    def names(self) -> set[str]:
        """Those of its namespaces that are there."""
        return {self.network.isp, self.network.home} & namespaces()

    def test_a_home_gateway_is_told_a_url_whose_name_it_can_look_up(self) -> None:
        before = Path("/etc/resolv.conf").read_text()
        self.network.start()
        self.assertEqual(f"http://{ACS_HOST}:{PORT}/", acs_url(self.network.ask()))
        asking = self.network.at_home("getent", "ahostsv4", ACS_HOST)
        found = subprocess.run(asking, capture_output=True, text=True, check=True).stdout
        self.assertEqual({ADDRESS}, {line.split()[0] for line in found.splitlines()})
        self.assertEqual(before, Path("/etc/resolv.conf").read_text())

    def test_nothing_is_left_of_it(self) -> None:
        self.network.start()
        self.assertEqual({self.network.isp, self.network.home}, self.names())
        self.network.remove()
        self.assertEqual(set(), self.names())
        self.network.remove()

    def test_nothing_is_left_of_one_that_does_not_start(self) -> None:
        subprocess.run(["ip", "netns", "add", self.network.home], check=True)
        self.assertIn("exists", str(self.assertRaises(AssertionError, self.network.start)))
        self.network.remove()
        self.assertEqual(set(), self.names())
