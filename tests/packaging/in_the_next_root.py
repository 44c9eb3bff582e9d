"""The package on the other Debian that it is for: built there, installed, called by devices, purged.

What is not about the release is left to ``in_a_root``.
"""

from __future__ import annotations

from tests.packaging import in_a_root, newcomers


class InstalledTests(in_a_root.InstalledTests):
    installed = staticmethod(newcomers.installed)


class ServiceTests(in_a_root.ServiceTests):
    installed = staticmethod(newcomers.installed)


class BootedTests(in_a_root.BootedCase):
    installed = staticmethod(newcomers.installed)

    test_it_is_started_and_serves_devices_within_its_restrictions = (
        in_a_root.BootedTests.test_it_is_started_and_serves_devices_within_its_restrictions
    )


class RemovalTests(in_a_root.RemovalTests):
    installed, package = staticmethod(newcomers.installed), staticmethod(newcomers.package)
