"""A program that was written for GenieACS drives an appliance, and a simulated CPE through it.

All three are what an operator would have: pygenieacs as it is on PyPI, processes, sockets.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import httpx
from pygenieacs import DevicesAPI, GenieACSClient, PresetsAPI, ProvisionsAPI, TasksAPI
from twisted.trial.unittest import SynchronousTestCase

from tests.support.appliance import ApplianceProcess
from tests.support.ports import free_port

T = TypeVar("T")

DEADLINE = 30.0
SSID = "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID"
VERSION = "InternetGatewayDevice.DeviceInfo.SoftwareVersion"


class WakingAppliance(ApplianceProcess):
    """One that gives devices what they are woken by."""

    wakes = True
    grace = 0.5


class ClientTests(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp()).absolute()
        self.port = free_port()
        nbi = f'[nbi]\nendpoint = "tcp:{self.port}:interface=127.0.0.1"\n'
        wake = '[wake]\nallow_networks = ["127.0.0.0/8"]\n'
        self.appliance = WakingAppliance(folder, nbi + wake)
        self.addCleanup(self.appliance.stop)
        self.appliance.start()
        self.token = self.appliance.asked("token", "create", "billing", "--role", "operator")["token"]
        self.simulate()
        (self.device,) = self.until(lambda: self.ask(lambda c: DevicesAPI(c).list(query(projection="_id"))))
        self.device_id = self.device["_id"]
        self.until(lambda: self.known(SSID))

    def simulate(self) -> None:
        """One simulated CPE, that calls when it is woken and hardly otherwise."""
        url = f"http://127.0.0.1:{self.appliance.cwmp}/"
        few = ("--count", "1", "--interval", "100000", "--ramp", "0", "--serial-prefix", "S")
        command = [sys.executable, "-m", "acs.ctl", "simulate", "--url", url, *few]
        simulated = subprocess.Popen(
            command, env=self.appliance.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.addCleanup(simulated.wait, DEADLINE)
        self.addCleanup(simulated.kill)

    def ask(self, work: Callable[[GenieACSClient], Awaitable[T]], password: str | None = None) -> T:
        """What a client is answered, which shows its token as its password."""

        async def run() -> T:
            url = f"http://127.0.0.1:{self.port}"
            async with GenieACSClient(url, "billing", password or self.token) as client:
                client.client.timeout = httpx.Timeout(DEADLINE)
                return await work(client)

        # In a thread: the browser's tests leave a loop behind in theirs.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, run()).result()

    def until(self, look: Callable[[], T]) -> T:
        """What is seen as soon as there is something."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if found := look():
                return found
            time.sleep(0.05)
        raise AssertionError(self.appliance.log())

    def known(self, name: str) -> Any:
        """A parameter's value, None where it is not known."""
        (at,) = self.ask(lambda client: DevicesAPI(client).list(query(projection=name)))
        for part in name.split("."):
            at = at.get(part, {})
        return at.get("_value")

    def give(self, task: dict[str, Any], **params: str) -> httpx.Response:
        """A task, as GenieACS's own documentation has it."""

        async def post(client: GenieACSClient) -> httpx.Response:
            return await client.client.post(
                client._url(f"/devices/{self.device_id}/tasks"), content=json.dumps(task), params=params
            )

        return self.ask(post)

    def test_a_client_of_genieacs_drives_a_device(self) -> None:
        told = self.ask(lambda client: DevicesAPI(client).get(self.device_id))
        self.assertEqual(self.device_id, told["_id"])
        found = self.ask(lambda client: DevicesAPI(client).list(query(query={VERSION: {"$exists": True}})))
        self.assertEqual([self.device_id], [each["_id"] for each in found])

        # Its own way to say a task, which waits; then GenieACS's, at once.
        self.ask(
            lambda client: TasksAPI(client).add(
                self.device_id, "getParameterValues", {"parameterNames": [SSID]}
            )
        )
        (task,) = self.ask(lambda client: TasksAPI(client).list())
        self.assertEqual(("getParameterValues", [SSID]), (task["name"], task["parameterNames"]))
        self.assertEqual(task, self.ask(lambda client: TasksAPI(client).get(task["_id"])))
        self.assertFalse(
            self.ask(lambda client: TasksAPI(client).delete(task["_id"]))
        )  # 200, as GenieACS has it
        self.assertEqual([], self.ask(lambda client: TasksAPI(client).list()))

        done = self.give(
            {"name": "setParameterValues", "parameterValues": [[SSID, "Billing Net", "xsd:string"]]},
            connection_request="",
            timeout="20000",
        )
        self.assertEqual((200, "OK"), (done.status_code, done.reason_phrase), self.appliance.log())
        self.assertEqual("Billing Net", self.until(lambda: self.known(SSID)))
        done = self.give(
            {"name": "refreshObject", "objectName": SSID.rpartition(".")[0]}, connection_request=""
        )
        self.assertEqual(200, done.status_code)

        faulted = self.give(
            {"name": "getParameterValues", "parameterNames": ["InternetGatewayDevice.Nothing"]},
            connection_request="",
            timeout="20000",
        )
        self.assertEqual((202, "Task faulted"), (faulted.status_code, faulted.reason_phrase))
        (fault,) = self.ask(lambda client: client.get("/faults"))
        self.assertEqual("cwmp.9005", fault["code"])
        self.ask(lambda client: client.delete(f"/faults/{fault['_id']}"))
        self.assertEqual([], self.ask(lambda client: client.get("/faults/")))

        refreshed = self.ask(
            lambda client: DevicesAPI(client).refresh_object(self.device_id, "InternetGatewayDevice")
        )
        self.assertEqual("refreshObject", refreshed["name"])
        self.ask(lambda client: DevicesAPI(client).delete(self.device_id))
        self.assertEqual([], self.ask(lambda client: DevicesAPI(client).list()))

    def test_what_a_client_is_refused_it_is_told(self) -> None:
        for work, status in (
            (lambda client: DevicesAPI(client).get("nobody"), 404),
            (lambda client: TasksAPI(client).add(self.device_id, "rm -rf"), 422),
            (lambda client: PresetsAPI(client).create("x", {"weight": 0}), 501),
            (lambda client: ProvisionsAPI(client).create("x", "log(1)"), 501),
        ):
            with self.assertRaises(httpx.HTTPStatusError) as refused:
                self.ask(work)
            self.assertEqual(status, refused.exception.response.status_code)
            self.assertTrue(refused.exception.response.json()["detail"])
        with self.assertRaises(httpx.HTTPStatusError) as refused:
            self.ask(lambda client: DevicesAPI(client).list(), password="falsch")
        self.assertEqual(401, refused.exception.response.status_code)
        self.assertEqual([], self.ask(lambda client: PresetsAPI(client).list()))
        self.assertEqual([], self.ask(lambda client: ProvisionsAPI(client).list()))


def query(**asked: Any) -> dict[str, str]:
    """What of a collection is asked for; dicts as JSON."""
    return {name: each if isinstance(each, str) else json.dumps(each) for name, each in asked.items()}
