"""What the contract tests stand on: a store that is open, and may be closed and opened again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from acs.store import remembered
from acs.store.interface import Query, Store
from acs.store.records import Device, Exchange, Job, Page, Session, SessionResult


class ShiftedClock:
    """The real clock, ``offset`` seconds later."""

    offset = 0.0

    def seconds(self) -> float:
        return float(reactor.seconds()) + self.offset  # type: ignore[attr-defined]

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any) -> Any:
        return reactor.callLater(delay, callable, *args)  # type: ignore[attr-defined]


class Contract(TestCase):
    """A database's own class overrides `new_store`, and `prepare` where there is something to make first."""

    # For what is said a thousand times with a commit for each, on a machine that does other things.
    timeout = 60
    store: Store

    def new_store(self, **options: Any) -> Store:
        """A store that is not open, over the same data each time within one test.

        ``options`` are ``residents`` and ``guest``, as of `acs.store.building.embedded_store`; its clock is
        `self.clock`.
        """
        raise NotImplementedError

    async def setUp(self) -> None:
        # However slow the machine is: what is remembered of counts has tests of its own.
        self.patch(remembered, "QUICK", float("inf"))
        self.clock = ShiftedClock()
        self.store = self.new_store()
        await self.store.open()

    async def tearDown(self) -> None:
        await self.store.close()

    async def reopen(self, **options: Any) -> None:
        """Close the store, and open another over the same data."""
        await self.store.close()
        self.store = self.new_store(**options)
        await self.store.open()

    # what tests say often

    async def add(self, number: int = 1, **fields: Any) -> Device:
        return await self.store.add_device(device(number, **fields))

    def save(self, of: str = "", *exchanges: Exchange, **fields: Any) -> Session:
        """Save a session that has ended, unless ``fields`` say otherwise."""
        now = self.clock.seconds()
        fields = {"id": self.store.new_id(), "started": now, "ended": now, "device": of} | fields
        fields.setdefault("result", SessionResult.SUCCESS)
        saved = Session(**fields)
        self.store.save_session(saved, exchanges)
        return saved

    async def accept(self, of: str, rpc: str = "Reboot", **fields: Any) -> Job:
        fields = {"arguments": {"CommandKey": ""}, "created": self.clock.seconds()} | fields
        return await self.store.add_job(Job(id=self.store.new_id(), device=of, rpc=rpc, **fields))

    async def found(self, **filters: str) -> list[str]:
        """The ids of the devices that a list finds."""
        return [found.id for found in (await self.store.devices(Query(filters))).items]

    async def known(self, device_id: str) -> Device:
        found = await self.store.device(device_id)
        assert found is not None, device_id
        return found

    async def saved(self, session_id: int) -> Session:
        found = await self.store.session(session_id)
        assert found is not None, session_id
        return found


def device(number: int = 1, **fields: Any) -> Device:
    """A device whose identity follows from its number."""
    serial = f"S{number:04}"
    fields = {
        "manufacturer": "Acme",
        "oui": "001CA8",
        "product_class": "Box",
        "serial_number": serial,
    } | fields
    parts = (fields["oui"], fields["product_class"], fields["serial_number"])
    return Device("-".join(part for part in parts if part), **fields)


def exchange(number: int, **fields: Any) -> Exchange:
    """A message of a conversation, in by odd numbers, out by even ones."""
    fields = {"direction": "in" if number % 2 else "out", "time": 1000.0 + number} | fields
    return Exchange(number, **fields)


def ids(page: Page[Any]) -> list[Any]:
    """The ids of a page's items."""
    return [item.id for item in page.items]
