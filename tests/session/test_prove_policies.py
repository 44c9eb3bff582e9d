"""Whole sessions with each of the policies that may ask a device first, and devices that do not tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import skipIf

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.web.server import Site

from acs.config import load
from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Fault, Message
from acs.cwmp.values import ParameterValueStruct
from acs.hooks import Related, Subject
from acs.hooks.verifying import Verifier
from acs.operator_side import OperatorSide
from acs.quirks.rules import Rule
from acs.session.procedures.prove import LONGEST
from acs.session.verification import Asked
from acs.simulate.device import Device as Simulated
from acs.simulate.habits import Habit
from acs.store.records import JobState
from tests.hooks.test_http import Place
from tests.session.test_configure import CODE, ConfigureCase
from tests.session.test_hooks import HUSH, SECRET, Crm
from tests.session.test_prove import NUMBER
from tests.support import postgres
from tests.support.world import TOLD, World

ICCID = "Device.Cellular.Interface.1.USIM.ICCID"
IMEI = "Device.Cellular.Interface.1.IMEI"
HIS, ANOTHER = "8931440300000000017", "8931440300000000018"
MOBILE = 'parameters = { iccid = ".Cellular.Interface.1.USIM.ICCID" }\n'


class Sim(Habit):
    """Has a modem, with these parameters; any that is not there is refused, by fault 9005 or this one.

    With ``more``, it tells that beside what it is asked for.
    """

    def __init__(self, has: dict[str, str], fault: int = 9005, more: dict[str, str] | None = None) -> None:
        self.has, self.fault, self.more = has, fault, more or {}
        self.asked: list[tuple[str, ...]] = []

    def answers(self, cpe: Simulated, request: AnyRequest) -> Message | None:
        if not isinstance(request, m.GetParameterValues):
            return None
        names = request.ParameterNames
        if not any("Cellular" in name for name in names):
            return None
        self.asked.append(names)
        if any(name not in self.has for name in names):
            return Fault(self.fault, "Invalid parameter name")
        told = {name: self.has[name] for name in names} | self.more
        return m.GetParameterValuesResponse(
            tuple(ParameterValueStruct(name, value, "xsd:string") for name, value in told.items())
        )


class ProveCase(ConfigureCase):
    def sim(self, value: str | None = HIS, **how: Any) -> Sim:
        """Have the device answer with this SIM; None for none."""
        sim = Sim({} if value is None else {ICCID: value}, **how)
        self.habits = [sim]
        return sim

    async def verdict(self) -> tuple[bool, str]:
        """What the last session, with the device, says."""
        session = await self.world.last_session()
        device = await self.world.store.device(session.device or "")
        assert device is not None
        self.assertEqual(session.client_ip_verified, device.client_ip_verified)
        return session.client_ip_verified, session.verified_by

    async def wire(self) -> list[tuple[str, bytes]]:
        """What was said to the device in the last session: the RPC, the body."""
        said = await self.world.conversation()
        return [(each.rpc, each.body) for each in said if each.direction == "out" and each.rpc]

    async def assert_by_its_sim(self, name: str) -> None:
        """With its own SIM it is verified and gets what is secret, after it has told; with another it is not,
        and does not."""
        await self.put("all", "default", {CODE: "x", **SECRET})
        self.sim(ANOTHER)
        cpe = await self.met()
        self.assertEqual((False, f"{name}: it is not so"), await self.verdict())
        self.assertNotIn(HUSH, b"".join(body for _, body in await self.wire()))
        self.sim(HIS)
        await self.session(cpe)
        self.assertEqual((True, name), await self.verdict())
        said = await self.wire()
        self.assertEqual(["InformResponse", "GetParameterValues"], [rpc for rpc, _ in said[:2]])
        self.assertIn(ICCID.encode(), said[1][1])
        self.assertNotIn(HUSH, said[0][1] + said[1][1])
        self.assertIn(HUSH, b"".join(body for _, body in said))
        self.assertEqual("x", self.value(cpe, CODE))


class ConfiguredCase(ProveCase):
    """Sessions with the policies of a configuration."""

    def serve(self, text: str) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "acs.toml").write_text(text, encoding="utf-8")
        self.side = OperatorSide(load(str(folder / "acs.toml")), reactor)
        self.addCleanup(lambda: ensureDeferred(self.side.close()))
        self.how = {"hooks": self.side.operator.hooks, "policy": self.side.policies["main"]}


@skipIf(postgres.programs() is None, "there is no PostgreSQL here")
class SqlTests(ConfiguredCase):
    def setUp(self) -> Any:
        name = postgres.database_for(self)
        postgres.shared().say(
            f"CREATE TABLE sims (iccid text); INSERT INTO sims VALUES ('{HIS}'), ('')", name
        )
        self.serve(
            f'[verify.default]\npolicy = "sql"\nurl = "{postgres.shared().url(name)}"\n'
            f'query = "SELECT 1 FROM sims WHERE iccid = %(iccid)s"\n{MOBILE}'
        )
        return super().setUp()

    async def test_by_sql(self) -> None:
        await self.assert_by_its_sim("sql")

    async def test_without_a_sim_there_is_no_row_though_there_is_one_of_an_empty_text(self) -> None:
        for value in (None, "", "1" * (LONGEST + 1), "' OR ''='"):
            self.sim(value)
            await self.met()
            self.assertEqual((False, "sql: it is not so"), await self.verdict())


class HttpTests(ConfiguredCase):
    def setUp(self) -> Any:
        self.place = Place()
        port = reactor.listenTCP(0, Site(self.place), interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        self.place.answer = self.answer
        url = f"http://127.0.0.1:{port.getHost().port}/"
        self.serve(f'[verify.default]\npolicy = "http"\nurl = "{url}"\n{MOBILE}')
        return super().setUp()

    def answer(self, request: Any) -> bytes:
        his = self.place.asked[-1]["device"]["parameters"] == {"iccid": HIS}
        return b'{"verified": true}' if his else b'{"verified": false}'

    async def test_over_http(self) -> None:
        await self.assert_by_its_sim("http")

    async def test_one_that_it_does_not_have_is_null(self) -> None:
        self.sim(None)
        await self.met()
        self.assertEqual({"iccid": None}, self.place.asked[-1]["device"]["parameters"])


class Sims(Crm):
    """Knows who has which SIM."""

    def __init__(self) -> None:
        super().__init__()
        self.related = None

    def verify(self, subject: Subject, related: Related | None) -> Any:
        self._say(None, "verify", dict(subject.parameters))
        return subject.parameters.get("iccid") == HIS


class PythonCase(ProveCase):
    parameters = {"iccid": ".Cellular.Interface.1.USIM.ICCID"}
    resets = False

    def setUp(self) -> Any:
        self.crm = Sims()
        self.how = {"hooks": [self.crm], "policy": self.by_sim, "resets": self.resets}
        return super().setUp()

    def by_sim(self, world: World) -> Asked:
        return Asked("python", Verifier(world.hooks.verify, world.clock, 60.0), self.parameters)


class PythonTests(PythonCase):
    async def test_in_python(self) -> None:
        await self.assert_by_its_sim("python")

    async def test_it_is_asked_in_each_session_and_the_answer_holds_for_this_sim_alone(self) -> None:
        sim = self.sim()
        cpe = await self.met()
        self.world.clock.advance(12)
        self.assertEqual(["GetParameterValues"], await self.session(cpe, "1 BOOT"))
        self.assertEqual([(ICCID,)] * 2, sim.asked)
        self.assertEqual((True, "python, 12 s ago"), await self.verdict())
        self.assertEqual(1, len(self.crm.told("verify")))
        self.sim(ANOTHER)
        await self.session(cpe)
        self.assertEqual((False, "python: it is not so"), await self.verdict())
        self.assertEqual([{"iccid": HIS}, {"iccid": ANOTHER}], self.crm.told("verify"))

    async def test_the_hooks_around_it_are_asked_once_and_after_it_has_told(self) -> None:
        self.sim()
        await self.met()
        hooks = [what[0] for what in self.crm.said if "verify" in what[0]]
        self.assertEqual(["pre_verify", "verify", "post_verify"], hooks)

    async def test_what_it_says_of_other_parameters_counts_for_nothing(self) -> None:
        self.sim(ANOTHER, more={"Device.Other": HIS, "InternetGatewayDevice.X": HIS})
        cpe = await self.met()
        self.assertEqual((False, "python: it is not so"), await self.verdict())
        self.assertNotIn("Device.Other", await self.world.store.parameters(cpe.device_id.key))

    async def test_where_it_refuses_to_tell_it_is_not_verified_and_the_session_goes_on(self) -> None:
        for fault in (9000, 9001, 9002, 9003, 9005):
            self.sim(None, fault=fault)
            cpe = await self.met()
            self.assertEqual((False, "python: it is not so"), await self.verdict())
            self.assertEqual({"iccid": None}, self.crm.told("verify")[-1])
            self.assertEqual("success", (await self.world.last_session()).result)
            await self.world.store.delete_device(cpe.device_id.key)

    async def test_a_session_that_ends_before_it_has_told_says_so(self) -> None:
        cpe = self.world.cpe()
        await cpe.call_in()
        self.world.pass_time(120)
        self.assertEqual((False, "the device has yet to tell what it is verified by"), await self.verdict())
        self.assertEqual([], self.crm.told("verify"))

    async def test_jobs_wait_until_it_has_told_the_urgent_ones_too(self) -> None:
        self.sim(ANOTHER)
        cpe = await self.met()
        reset = await self.world.job(cpe.device_id.key, "FactoryReset", {}, urgent=True)
        self.assertEqual(["GetParameterValues"], await self.session(cpe))
        self.sim(HIS)
        self.assertEqual(["GetParameterValues", "FactoryReset"], await self.session(cpe))
        job = await self.world.store.job(reset.id)
        assert job is not None
        self.assertIsNot(JobState.QUEUED, job.state)

    async def test_where_the_inform_tells_it_the_device_is_not_asked(self) -> None:
        cpe = self.world.cpe(told=TOLD | {"Cellular.Interface.1.USIM.ICCID": HIS})
        await cpe.first_contact()
        self.assertEqual((True, "python"), await self.verdict())
        self.assertEqual([], await cpe.session())
        self.assertEqual((True, "python"), await self.verdict())
        self.assertEqual({"iccid": HIS}, self.crm.told("verify")[0])

    async def test_one_of_few_rpcs_that_lacks_it_is_read_all_the_same(self) -> None:
        cpe = self.device()
        key = cpe.device_id.key
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=key)])
        sim = self.sim(None)
        asked = [await self.session(cpe) for _ in range(6)]
        self.assertEqual(([], []), (asked[-1], sim.asked))
        self.assertFalse((await self.known(cpe)).full_read_requested)
        self.assertEqual((False, "python: it is not so"), await self.verdict())


class SeveralTests(PythonCase):
    parameters = {"iccid": ".Cellular.Interface.1.USIM.ICCID", "imei": IMEI}

    async def test_all_are_read_at_once(self) -> None:
        self.habits = [sim := Sim({ICCID: HIS, IMEI: "35"})]
        await self.met()
        self.assertEqual([(ICCID, IMEI)], sim.asked)
        self.assertEqual([{"iccid": HIS, "imei": "35"}], self.crm.told("verify"))

    async def test_one_that_it_does_not_have_keeps_no_other_from_being_read(self) -> None:
        sim = self.sim()
        await self.met()
        self.assertEqual([(ICCID, IMEI), (ICCID,), (IMEI,)], sim.asked)
        self.assertEqual([{"iccid": HIS, "imei": None}], self.crm.told("verify"))
        self.assertEqual((True, "python"), await self.verdict())


class FewTests(PythonCase):
    parameters = {"iccid": NUMBER}

    async def test_one_of_few_rpcs_is_verified_when_a_full_read_has_told(self) -> None:
        cpe = self.device()
        cpe.tree.write(NUMBER, HIS)
        await self.world.store.change_quirk_rules([Rule("one-rpc-per-session", device=cpe.device_id.key)])
        verdicts = []
        for _ in range(6):
            await self.session(cpe)
            verdicts.append((await self.verdict())[0])
        self.assertEqual((False, True), (verdicts[0], verdicts[-1]))


class AssociationTests(PythonCase):
    resets = True

    async def test_a_record_counts_once_the_device_has_told(self) -> None:
        self.crm.related = Related("17")
        self.sim()
        cpe = await self.met()
        self.assertTrue((await self.known(cpe)).related_digest)
        self.crm.related = Related("18")
        self.world.clock.advance(3700)
        self.sim(ANOTHER)
        self.assertEqual(["GetParameterValues"], await self.session(cpe))
        self.assertEqual("17", (await self.known(cpe)).related_device)
        self.sim(HIS)
        self.assertEqual(["GetParameterValues", "FactoryReset"], await self.session(cpe))
        self.assertEqual("18", (await self.known(cpe)).related_device)
