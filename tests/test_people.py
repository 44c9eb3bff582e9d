"""People at the console of a whole appliance, over TLS, beside acsctl."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.support.appliance import DEADLINE, ApplianceProcess, trusting
from tests.support.certificates import Authority

CONSOLE = 'tls = { certificate = "acs.pem", key = "acs.key" }\n'


class PeopleTests(SynchronousTestCase):
    def setUp(self) -> None:
        """Start it, and read the password of its first start."""
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        Authority().issue("acs.example").write(folder, "acs")
        self.appliance = ApplianceProcess(folder, console=CONSOLE)
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        found = re.search(r"(?m)^user: admin\npassword: (\S+)$", self.appliance.log())
        assert found is not None
        self.password = found[1]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        """The answer of the console."""
        connection = HTTPSConnection(
            "127.0.0.1", self.appliance.console, context=trusting(), timeout=DEADLINE
        )
        self.addCleanup(connection.close)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json", **sent})
        return connection.getresponse()

    def test_the_first_password_lets_in_to_a_cookie_for_tls_alone_until_acsctl_removes_the_user(self) -> None:
        entered = self.ask("POST", "/api/v1/login", {"name": "admin", "password": self.password})
        self.assertEqual(200, entered.status)
        cookie, _, attributes = (entered.getheader("Set-Cookie") or "").partition("; ")
        self.assertTrue(cookie.startswith("__Host-acs_session="), cookie)
        self.assertEqual("Path=/; HttpOnly; SameSite=Lax; Secure", attributes)
        csrf = json.loads(entered.read())["csrf"]
        body = {"role": "viewer", "password": "long enough", "only": {"tags": ["north"]}}
        self.assertEqual(403, self.ask("PUT", "/api/v1/users/ann", body, Cookie=cookie).status)
        added = self.ask("PUT", "/api/v1/users/ann", body, Cookie=cookie, X_CSRF_Token=csrf)
        self.assertEqual(201, added.status)
        users = {user["name"]: user["only"] for user in self.appliance.asked("user", "list")}
        self.assertEqual({"admin": None, "ann": {"tags": ["north"], "models": []}}, users)
        self.appliance.acsctl("user", "remove", "admin")
        until = time.monotonic() + DEADLINE
        while self.ask("GET", "/api/v1/me", Cookie=cookie).status != 401:
            self.assertLess(time.monotonic(), until)
            time.sleep(0.2)
        self.assertNotIn(self.password, self.appliance.log().partition("password: ")[2].partition("\n")[2])
