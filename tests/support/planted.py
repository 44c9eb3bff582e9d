"""Tests in which secrets are told, for `tests.leaking` to see that each of them fails but the last."""

from __future__ import annotations

import secrets
from pathlib import Path

from twisted.internet import reactor
from twisted.logger import Logger
from twisted.trial.unittest import TestCase

from acs.store.building import embedded_store
from acs.store.records.audit import Audited
from tests.support import leaks
from tests.support.appliance import ApplianceProcess
from tests.support.forking import run, run_fresh

log = Logger("acs.planted")


class PlantedTests(TestCase):
    def test_in_an_event(self) -> None:
        log.info("the password is {it}", it="hush")

    def test_in_a_traceback(self) -> None:
        try:
            raise ValueError("no such user", "geheim")
        except ValueError:
            log.failure("it failed")
        self.flushLoggedErrors(ValueError)

    def test_in_what_an_event_is_about(self) -> None:
        log.debug("x", who="s3cret")

    def test_one_that_was_made(self) -> None:
        log.info("a session of {it}", it=secrets.token_urlsafe(18))

    def test_a_token(self) -> None:
        log.info("with {it}", it="acs_" + "x" * 43)

    def test_of_a_process(self) -> None:
        for start in (run, run_fresh):
            start(["-c", "import sys; print('hush', file=sys.stderr)"], Path.cwd())

    def test_one_that_a_process_has_made(self) -> None:
        made = run(["-c", "import secrets; print(secrets.token_urlsafe(18))"], Path.cwd()).stdout.decode()
        log.info("a session of {it}", it=made)

    def test_of_an_appliance(self) -> None:
        appliance = ApplianceProcess(Path(self.mktemp()).absolute())
        self.addCleanup(appliance.kill)
        appliance.start()
        with open(appliance.folder / "log", "a") as file:
            print((appliance.folder / "state/acsctl.token").read_text(), file=file)

    async def test_in_the_audit_log(self) -> None:
        folder = Path(self.mktemp())
        store = embedded_store(reactor, reactor, folder)  # type: ignore[arg-type]
        await store.open()
        after = '{"password": "correct horse"}'
        store.add_audited(Audited(store.new_id(), 0.0, "user:anna", "", "PUT", "/x", 200, after=after))
        await store.close()
        leaks.look_at_audit(folder)

    def test_when_no_test_runs(self) -> None:
        """What is told there is found at the end."""
        Path("late.log").write_text("it is geheim\n")

    def test_nothing(self) -> None:
        log.info("the password of {who} is right, a reference {it}", who="anna", it=secrets.token_urlsafe(6))
