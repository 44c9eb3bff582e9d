"""What watches the appliance, as the configuration has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from acs.alarms.looking import LOOK
from acs.config import load
from acs.http.tls_files import TlsFiles
from acs.http.tls_files import load as load_tls
from acs.store.building import embedded_store
from acs.store.records.alarms import AlarmKind
from acs.watch_side import WatchSide
from tests.support.certificates import Authority

ENDING, FULL = AlarmKind.CERTIFICATE_ENDING, AlarmKind.DISK_FULL


class WatchSideTests(TestCase):
    timeout = 30

    async def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.store = embedded_store(reactor, reactor, self.folder)  # type: ignore[arg-type]
        await self.store.open()

    async def tearDown(self) -> None:
        await self.store.close()

    def side(self, worker: int = 0, text: str = "") -> WatchSide:
        (self.folder / "acs.toml").write_text(f'state_dir = "."\n[alarms]\nstore_milliseconds = 0\n{text}')
        return WatchSide(load(str(self.folder / "acs.toml")), reactor, self.store, "one", worker)

    def shows(self, side: WatchSide, place: str, ends: float) -> Path:
        certificate, key = Authority().issue("acs", ends=ends).write(self.folder, place)
        files = TlsFiles(place, place, "modern", ((certificate, key),))
        side.tls_used(load_tls(files, reactor.seconds()))  # type: ignore[attr-defined]
        return certificate

    async def look(self, side: WatchSide) -> set[tuple[AlarmKind, str]]:
        await side._looking.look()
        await self.store.committed()
        return set(await self.store.open_subjects())

    async def test_a_certificate_that_ends_soon_is_told_until_another_is_shown(self) -> None:
        side = self.side()
        first = self.shows(side, "cwmp", 10)
        self.shows(side, "console", 30)
        ending = {about for about in await self.look(side) if about[0] is ENDING}
        self.assertEqual({(ENDING, f"one: {first}")}, ending)
        self.shows(side, "cwmp", 30)
        self.assertEqual(set(), {about for about in await self.look(side) if about[0] is ENDING})
        await side.finish()

    async def test_the_disk_of_the_state_folder_is_looked_at(self) -> None:
        side = self.side()
        (disk,) = await side._disks()
        self.assertEqual(str(self.folder), disk.folder)
        self.assertTrue(0 < disk.used < disk.total)
        full = await self.look(self.side(text="disk_percent = 1\n"))
        self.assertEqual({(FULL, f"one: {self.folder}")}, {about for about in full if about[0] is FULL})

    async def test_only_the_first_process_of_a_machine_looks_at_what_is_the_machines(self) -> None:
        side = self.side(worker=1, text="disk_percent = 1\n")
        self.shows(side, "cwmp", 10)
        self.assertEqual(set(), await self.look(side))

    async def test_it_looks_while_it_runs(self) -> None:
        clock = Clock()
        config = replace(load(None), state_dir=self.folder)
        side = WatchSide(config, clock, self.store, "", 0)
        side._looking.start()
        self.assertEqual([LOOK], [call.getTime() for call in clock.getDelayedCalls()])
        side.close()
        self.assertEqual([], clock.getDelayedCalls())
