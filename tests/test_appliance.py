"""The appliance as a newcomer meets it, and as `kill -9` leaves it: real processes, real sockets."""

from __future__ import annotations

import json
import re
import signal
import socket
import stat
import time
from pathlib import Path
from threading import Thread
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.dialogue import Dialogue, Role
from acs.cwmp.errors import RemoteProtocolError
from tests.support import postgres
from tests.support.appliance import ApplianceProcess, SocketCpe
from tests.support.router import CODE, DEVICE, ROOT, Router, inform


class ApplianceCase(SynchronousTestCase):
    """An appliance in a folder of the test's own; stopped when the test is over."""

    kind = ApplianceProcess
    grace: float | None = None

    def setUp(self) -> None:
        self.router = Router()
        self.appliance = self.kind(Path(self.mktemp()).absolute(), self.more())
        self.appliance.grace = self.grace
        self.addCleanup(self.appliance.stop)
        self.appliance.start()

    def more(self) -> str:
        """Further lines of its configuration."""
        return ""

    def restart_killed(self) -> None:
        self.appliance.kill()
        self.appliance.start()

    def cpe(self) -> SocketCpe:
        cpe = SocketCpe(self.appliance.cwmp)
        self.addCleanup(cpe.close)
        return cpe

    def serve(self, cpe: SocketCpe, message: m.Message | None) -> list[m.Message]:
        """Answer what is asked, truly, until nothing is; returns what it was."""
        asked = []
        while message is not None:
            asked.append(message)
            message = cpe.say(self.router.reply(message))
        return asked

    def call_in(self, *events: str | v.EventStruct) -> list[m.Message]:
        """A whole session; what the ACS asked in it."""
        cpe = self.cpe()
        cpe.say(inform(*events))
        return self.serve(cpe, cpe.say(None))

    def job(self, rpc: str, **arguments: Any) -> dict[str, Any]:
        job: dict[str, Any] = self.appliance.asked("job", "add", DEVICE, rpc, json.dumps(arguments))
        return job

    def now(self, job: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self.appliance.asked("job", "show", job["id"])
        return found


class FreshAppliance(ApplianceProcess):
    """One whose every process is a Python that starts from nothing."""

    fresh = True
    wakes = True


class NewcomerTests(ApplianceCase):
    """README's five minutes."""

    kind = FreshAppliance

    def test_simulated_devices_appear_and_a_job_changes_one(self) -> None:
        url = f"http://127.0.0.1:{self.appliance.cwmp}/"
        self.appliance.acsctl("simulate", "--url", url, "--count", "4", "--sessions", "4", "--ramp", "0.2")
        devices = self.appliance.asked("device", "list")
        self.assertEqual(4, len(devices))
        device = next(d["id"] for d in devices if d["root_data_model"].startswith("InternetGatewayDevice"))
        parameters = self.appliance.asked("device", "parameters", device)
        code = next(p for p in parameters if p["name"] == CODE)
        self.assertTrue(code["writable"])
        self.assertGreater(len(parameters), 200)
        job = self.appliance.asked("job", "add", device, "SetParameterValues", f"{CODE}=gold")
        self.appliance.acsctl("simulate", "--url", url, "--count", "4", "--sessions", "4", "--ramp", "0.2")
        self.assertEqual("done", self.now(job)["state"])
        shown = self.appliance.acsctl("session", "show", self.now(job)["session"])
        self.assertIn("SetParameterValues", shown)
        self.assertIn("gold", shown)

    def test_the_first_start_tells_a_password_once(self) -> None:
        first = self.appliance.log()
        self.assertRegex(first, r"(?m)^user: admin\npassword: \S{12,}$")
        self.appliance.stop()
        self.appliance.start()
        self.assertNotIn("password", self.appliance.log()[len(first) :])

    def test_secrets_are_for_their_owner_alone(self) -> None:
        state = self.appliance.folder / "state"
        self.assertEqual(0o700, stat.S_IMODE(state.stat().st_mode))
        for name in ("acsctl.token", "secret.key", "acs.sqlite"):
            self.assertEqual(0o600, stat.S_IMODE((state / name).stat().st_mode), name)

    def test_a_port_that_is_taken_stops_it_with_status_1_and_a_reason(self) -> None:
        second = ApplianceProcess(Path(self.mktemp()).absolute())
        second.config.write_text(
            f'state_dir = "state"\n[[cwmp]]\nendpoint = "tcp:{self.appliance.cwmp}:interface=127.0.0.1"\n'
            f'[console]\nendpoint = "tcp:{second.console}:interface=127.0.0.1"\n'
        )
        self.assertRaises(AssertionError, second.start)
        assert second.process is not None
        self.assertEqual(1, second.process.wait(30))
        self.assertIn("Couldn't listen on 127.0.0.1", second.log())
        self.assertNotIn("Traceback", second.log())

    def test_a_wrong_configuration_stops_it_with_status_1_and_a_line_for_each_error(self) -> None:
        wrong = ApplianceProcess(Path(self.mktemp()).absolute(), "sesions = 5\n[nonsense]\n")
        self.assertRaises(AssertionError, wrong.start)
        assert wrong.process is not None
        self.assertEqual(1, wrong.process.wait(30))
        lines = wrong.log().splitlines()
        self.assertEqual(2, len(lines), lines)
        self.assertIn("limits.sesions: unknown key", lines[0] + lines[1])


class StopTests(ApplianceCase):
    """SIGTERM: sessions that are open may end, new ones are sent away."""

    def test_an_open_session_comes_to_its_end(self) -> None:
        cpe = self.cpe()
        message = cpe.say(inform("1 BOOT"))
        self.appliance.ask_to_stop()
        message = cpe.say(None)
        self.assertIsInstance(message, m.GetParameterNames)
        self.serve(cpe, message)
        self.appliance.stop()
        self.appliance.start()
        sessions = self.appliance.asked("session", "list")
        self.assertEqual([("success", None)], [(each["result"], each["failure"]) for each in sessions])


class HastyStopTests(ApplianceCase):
    """SIGTERM, and a session that does not end in the time it is given."""

    grace = 1.0

    def test_one_that_does_not_end_is_lost_and_says_why(self) -> None:
        cpe = self.cpe()
        cpe.say(inform("1 BOOT"))
        self.appliance.stop()
        self.appliance.start()
        failed = self.appliance.asked("session", "list")[0]
        self.assertIn("the appliance stopped", failed["failure"])


class KillTests(ApplianceCase):
    """``kill -9`` at each step of a session: what was accepted is there, and nothing is done twice."""

    def setUp(self) -> None:
        super().setUp()
        self.call_in("1 BOOT")

    def stopped_at(self, rpc: str, steps: int, **arguments: Any) -> dict[str, Any]:
        """The job of that RPC after the appliance was killed ``steps`` messages into the next session."""
        job = self.job(rpc, **arguments)
        cpe = self.cpe()
        message: m.Message | None = None
        for step in range(steps):
            message = cpe.say(
                inform("2 PERIODIC")
                if step == 0
                else self.router.reply(message)
                if step > 1 and message
                else None
            )
        self.restart_killed()
        return self.now(job)

    def test_an_accepted_job_is_there_and_is_carried_out(self) -> None:
        for steps in (0, 1):
            job = self.stopped_at(
                "SetParameterValues", steps, ParameterList=[{"Name": CODE, "Value": str(steps)}]
            )
            self.assertEqual("queued", job["state"])
            self.assertEqual(
                ["SetParameterValues"], [m.name_of(asked) for asked in self.call_in("2 PERIODIC")]
            )

    def test_an_idempotent_rpc_that_was_out_goes_out_again(self) -> None:
        job = self.stopped_at("SetParameterValues", 2, ParameterList=[{"Name": CODE, "Value": "x"}])
        self.assertEqual("queued", job["state"])
        self.assertEqual(["SetParameterValues"], [m.name_of(asked) for asked in self.call_in("2 PERIODIC")])
        self.assertEqual("done", self.now(job)["state"])

    def test_any_other_is_marked_and_never_sent_again(self) -> None:
        job = self.stopped_at("AddObject", 2, ObjectName=ROOT + "LANDevice.")
        self.assertEqual(("sent", True), (job["state"], job["uncertain"]))
        self.assertEqual([], self.call_in("2 PERIODIC"))

    def test_an_answered_rpc_is_done(self) -> None:
        job = self.stopped_at("AddObject", 3, ObjectName=ROOT + "LANDevice.")
        self.assertEqual("done", job["state"])
        self.assertEqual(1, job["result"]["InstanceNumber"])
        self.assertEqual([], self.call_in("2 PERIODIC"))

    def test_an_acknowledged_transfer_is_done(self) -> None:
        job = self.stopped_at("Download", 3, FileType="1 Firmware Upgrade Image", URL="http://192.0.2.1/fw")
        self.assertEqual("sent", job["state"])
        cpe = self.cpe()
        cpe.say(inform("7 TRANSFER COMPLETE"))
        self.assertEqual(m.TransferCompleteResponse(), cpe.say(m.TransferComplete(job["command_key"])))
        self.restart_killed()
        self.assertEqual("done", self.now(job)["state"])

    def test_an_acknowledged_event_is_in_a_session_that_says_how_it_ended(self) -> None:
        cpe = self.cpe()
        self.assertEqual(m.InformResponse(1), cpe.say(inform("8 DIAGNOSTICS COMPLETE")))
        self.restart_killed()
        session = self.appliance.asked("session", "list", "--limit", "1")[0]
        self.assertEqual(["8 DIAGNOSTICS COMPLETE"], session["events"])
        self.assertEqual(("failed", "the appliance stopped"), (session["result"], session["failure"]))


class OnPostgresql:
    """The same with a database of the test's own on a server."""

    skip = postgres.SKIP or None

    def more(self) -> str:
        self.database = postgres.database_for(self)  # type: ignore[arg-type]
        return f'[store]\nurl = "{postgres.shared().url(self.database)}"\n'


class PostgresqlNewcomerTests(OnPostgresql, ApplianceCase):
    test_simulated_devices = NewcomerTests.test_simulated_devices_appear_and_a_job_changes_one


class PostgresqlKillTests(OnPostgresql, KillTests):
    pass


class OutageTests(OnPostgresql, ApplianceCase):
    """The database goes away under the appliance, or is not there yet."""

    grace = 2.0

    def setUp(self) -> None:
        self.cluster = postgres.Cluster()
        self.addCleanup(self.cluster.remove)
        self.cluster.start()
        super().setUp()

    def more(self) -> str:
        return f'[store]\nurl = "{self.cluster.url("postgres")}"\n'

    def answer_to(self, request: str, port: int) -> bytes:
        """What comes to a request that is said in one piece."""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request.encode())
            return connection.recv(65536)

    def health(self) -> bytes:
        return self.answer_to("GET /healthz HTTP/1.1\r\nHost: acs\r\n\r\n", self.appliance.console)[:12]

    def post(self, message: m.Message) -> bytes:
        body = Dialogue(Role.CPE).say(message).decode()
        head = f"POST / HTTP/1.1\r\nHost: acs\r\nContent-Length: {len(body)}\r\n\r\n"
        return self.answer_to(head + body, self.appliance.cwmp)

    def test_sessions_are_sent_away_meanwhile_and_nothing_is_acknowledged(self) -> None:
        self.call_in("1 BOOT")
        job = self.job("Download", FileType="1 Firmware Upgrade Image", URL="http://192.0.2.1/fw")
        self.call_in("2 PERIODIC")
        cpe = self.cpe()
        cpe.say(inform("7 TRANSFER COMPLETE"))
        self.cluster.stop("immediate")
        with self.assertRaises(RemoteProtocolError):  # 503, and no envelope
            cpe.say(m.TransferComplete(job["command_key"]))
        waits = set()
        for _ in range(5):
            answer = self.post(inform("2 PERIODIC")).decode()
            self.assertTrue(answer.startswith("HTTP/1.1 503 "), answer)
            waits.add(re.search(r"(?i)retry-after: (\d+)", answer)[1])  # type: ignore[index]
        self.assertGreater(len(waits), 1, "their return is not spread")
        self.assertEqual(b"HTTP/1.1 503", self.health())
        self.cluster.start()
        until = time.monotonic() + 20
        while self.health() != b"HTTP/1.1 200":
            self.assertLess(time.monotonic(), until, self.appliance.log())
            time.sleep(0.05)
        cpe = self.cpe()
        cpe.say(inform("7 TRANSFER COMPLETE"))
        self.assertEqual(m.TransferCompleteResponse(), cpe.say(m.TransferComplete(job["command_key"])))
        self.assertEqual("done", self.now(job)["state"])
        self.assertNotIn("Traceback", self.appliance.log())

    def test_it_stops_where_the_database_is_away(self) -> None:
        self.call_in("1 BOOT")
        self.cluster.stop("immediate")
        self.post(inform("2 PERIODIC"))
        self.assertEqual(-signal.SIGTERM, self.appliance.stop())
        self.assertIn("may not be stored: Connection refused", self.appliance.log())
        self.assertNotIn("Traceback", self.appliance.log())

    def test_it_stops_where_the_database_does_not_answer(self) -> None:
        self.call_in("1 BOOT")
        self.cluster.freeze()
        self.addCleanup(self.cluster.thaw)
        self.assertEqual(-signal.SIGTERM, self.appliance.stop())
        self.assertIn("may not be stored: the database does not answer", self.appliance.log())

    def test_a_database_that_comes_later_is_waited_for(self) -> None:
        self.appliance.stop()
        self.cluster.stop()
        starting = Thread(target=self.appliance.start)
        starting.start()
        until = time.monotonic() + 20
        while "is not there yet" not in self.appliance.log():
            self.assertLess(time.monotonic(), until, self.appliance.log())
            time.sleep(0.05)
        self.cluster.start()
        starting.join(30)
        self.assertEqual(b"HTTP/1.1 200", self.health())
