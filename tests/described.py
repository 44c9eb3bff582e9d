"""The API keeps to its description, says a generic tester of OpenAPI documents (schemathesis).

It asks a real appliance, with a few simulated devices and the token of an administrator, whatever the
document allows or nearly allows.  ACS_SCHEMATHESIS_EXAMPLES in the environment says how many requests each
operation gets at the most.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from tests.support.appliance import ApplianceProcess

EXAMPLES = os.environ.get("ACS_SCHEMATHESIS_EXAMPLES", "8")
SECONDS = 600
CONFIGURATION = """
# That something is not in the state that the client has seen is said before what else is wrong with it.
[checks.negative_data_rejection]
expected-statuses = [
    "400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429", "503",
]
"""
LEFT_OUT = (
    "--exclude-path", "/api/v1/events",               # has no end
    "--exclude-operation-id", "revoke_token",         # would end with the tester's own
    # A cursor has to be one that was given out, a device one that is there, an RPC's arguments its own: that
    # cannot be said in JSON Schema.
    "--exclude-checks", "positive_data_acceptance",
)  # fmt: skip


class DescriptionTests(SynchronousTestCase):
    """Nothing fails, every answer is as described, what is wrong is refused."""

    timeout = SECONDS
    if find_spec("schemathesis") is None:
        skip = "schemathesis is not installed"

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="acs-description-"))
        self.appliance = ApplianceProcess(self.folder, '[files]\nhttp = ""\ntftp = ""\n')
        self.appliance.start()
        self.addCleanup(self.appliance.kill)

    def test_a_generic_tester_finds_nothing(self) -> None:
        cwmp, console = (f"http://127.0.0.1:{port}" for port in (self.appliance.cwmp, self.appliance.console))
        few = "--count", "4", "--sessions", "4", "--ramp", "0.2"
        self.appliance.acsctl("simulate", "--url", f"{cwmp}/", *few)
        token = self.appliance.acsctl("token", "create", "tester", "--role", "admin").strip()
        (self.folder / "schemathesis.toml").write_text(CONFIGURATION, "utf-8")
        done = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"),
                *(f"{console}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"),
                # One at a time: Python 3.11 cannot parse in several threads (gh-106905); hypothesis does.
                *("--phases", "fuzzing", "--max-examples", EXAMPLES, "--seed", "1", "--workers", "1"),
                *("--no-shrink", "--continue-on-failure", *LEFT_OUT),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        self.assertEqual(0, done.returncode, f"{done.stdout[:20_000]}\n{done.stderr[-2000:]}")
        counted = re.search(r"(\d+) generated", done.stdout)
        assert counted is not None, done.stdout
        self.assertGreater(int(counted[1]), 300)
        self.assertNotIn("Traceback", self.appliance.log())
