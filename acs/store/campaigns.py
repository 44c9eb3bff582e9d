"""Campaigns, which any process may see to, one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import orjson

from acs.store.alarms import Alarms
from acs.store.database import Row, Statement
from acs.store.happenings import Topic
from acs.store.interface import StoreUnavailable
from acs.store.listing.listings import DEVICE_COLUMNS, DEVICES
from acs.store.loading import read_device
from acs.store.records import Device
from acs.store.records.alarms import AlarmKind
from acs.store.records.campaigns import Campaign, CampaignState, Member, MemberState, Progress
from acs.store.shapes import storable

T = TypeVar("T")

PIECE = 500
"""How many devices go into one statement."""

_COLUMNS = (
    "id", "name", "state", "software_version", "config_level", "plan", "devices", "created", "created_by",
    "changed", "state_reason",
)  # fmt: skip
_CAMPAIGN = f"SELECT {', '.join(_COLUMNS)} FROM campaigns"
_ADD = f"INSERT INTO campaigns ({', '.join(_COLUMNS)}, leased) VALUES ({', '.join('?' * len(_COLUMNS))}, 0)"
_MEMBER_COLUMNS = ("campaign", "place", "device", "state", "changed", "detail", "before")
_ADD_MEMBERS = f"INSERT INTO campaign_devices ({', '.join(_MEMBER_COLUMNS)}) VALUES "
_CHANGE = (
    "UPDATE campaigns SET state = ?, state_reason = ?, changed = ?, leased = 0"
    " WHERE id = ? AND state NOT IN ('aborted', 'ended') AND state <> ? RETURNING id"
)
_LEAVE = "UPDATE campaigns SET leased = 0 WHERE id = ?"
_LEASE = (
    "UPDATE campaigns SET leased = ? WHERE id IN"
    " (SELECT id FROM campaigns WHERE state NOT IN ('aborted', 'ended') AND leased <= ?{lock}) RETURNING id"
)
_MEMBER = "SELECT c.place, d.id, c.state, c.changed, c.detail, c.before FROM campaign_devices c"
_CHANGE_MEMBER = (
    "UPDATE campaign_devices SET state = ?, changed = ?, detail = ?, before = ?"
    " WHERE campaign = ? AND place = ?"
)
_FORGET = (
    "DELETE FROM campaign_devices WHERE campaign = ? AND state IN ('waiting', 'offered') AND device IN"
    " (SELECT key FROM devices WHERE deleted IS NOT NULL) RETURNING place"
)
_OUTCOMES = (
    "SELECT state FROM campaign_devices WHERE campaign = ? AND state IN ('confirmed', 'failed')"
    " AND changed >= ? ORDER BY changed DESC, place DESC LIMIT ?"
)


class Campaigns(Alarms):
    """The verbs about campaigns (`acs.store.verbs.campaigns.AllCampaigns`)."""

    async def add_campaign(self, campaign: Campaign, devices: Sequence[str]) -> None:
        """Keep a new one with these devices (ids), each once, in the order of their turns; on disk when this
        returns.  Those that are not known are left out, and not counted."""
        keys = await self._keys(devices)
        row = (
            campaign.id,
            storable(campaign.name),
            campaign.state.value,
            storable(campaign.software_version),
            storable(campaign.config_level),
            orjson.dumps(campaign.plan).decode(),
            len(keys),
            campaign.created,
            storable(campaign.created_by),
            campaign.changed,
            storable(campaign.state_reason),
        )
        members = [
            (campaign.id, place, key, MemberState.WAITING.value, campaign.created, "", "")
            for place, key in enumerate(keys)
        ]
        # In one unit: half of a campaign is none.
        await self._groups.write(Statement(_ADD, row), *map(_adding, _pieces(members)))
        await self._tell_of_campaign(campaign.id, "added")

    async def _keys(self, devices: Sequence[str]) -> list[int]:
        """The store's numbers of those that are known, in the same order."""
        known: dict[str, int] = {}
        for piece in _pieces(list(dict.fromkeys(devices))):
            marks = ", ".join("?" * len(piece))
            sql = f"SELECT id, key FROM devices WHERE deleted IS NULL AND id IN ({marks})"
            known |= dict(await self._rows(sql, *piece))
        return [known[each] for each in dict.fromkeys(devices) if each in known]

    async def campaign(self, number: int) -> Campaign | None:
        """One of them."""
        row = await self._row(f"{_CAMPAIGN} WHERE id = ?", number)
        return None if row is None else _read(row)

    async def campaigns(self) -> Sequence[Campaign]:
        """All of them, the newest first."""
        return [_read(row) for row in await self._rows(f"{_CAMPAIGN} ORDER BY id DESC")]

    async def change_campaign(self, number: int, state: CampaignState, reason: str = "") -> bool:
        """Have it in another state, for this reason, unless it is over, or in that state; on disk when this
        returns.  False where it was not so changed.

        Its alarm ends, unless that is that it stops.
        """
        parameters = (state.value, storable(reason), self._clock.seconds(), number, state.value)
        ending = [self._ending(AlarmKind.CAMPAIGN_STOPPED, "", number, "")]
        also = [] if state is CampaignState.STOPPED else ending
        rows = await self._groups.write(Statement(_CHANGE, parameters), *also)
        self._ended("", [row for row in rows if row != (number,)])
        if (number,) in rows:
            await self._tell_of_campaign(number, state.value)
        return (number,) in rows

    async def see_to_campaigns(self, now: float, until: float) -> Sequence[Campaign]:
        """Those that are not over, which are this process's to see to ``until`` then; no other's before."""
        lock = "" if self._database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
        rows = await self._groups.write(Statement(_LEASE.format(lock=lock), (until, now)))
        if not rows:
            return ()
        mine = {number for (number,) in rows}
        return [each for each in await self.campaigns() if each.id in mine]

    async def leave_campaign(self, number: int) -> None:
        """This process has seen to it, for the moment: any may next."""
        self._groups.behind(Statement(_LEAVE, (number,)))

    async def tally(self, number: int) -> Mapping[MemberState, int]:
        """How many of its devices are in each state."""
        sql = "SELECT state, count(*) FROM campaign_devices WHERE campaign = ? GROUP BY state"
        rows = await self._rows(sql, number)
        found: dict[str, int] = {state: count for state, count in rows}  # noqa: C416
        return {state: found.get(state.value, 0) for state in MemberState}

    async def outcomes(self, number: int, since: float, limit: int) -> Sequence[bool]:
        """Of its devices that have settled last, since then, the oldest first: whether each has failed."""
        rows = await self._rows(_OUTCOMES, number, since, limit)
        return [state == MemberState.FAILED for (state,) in reversed(rows)]

    async def members(self, number: int, state: str, after: int, limit: int) -> Sequence[Member]:
        """Its devices by place, behind ``after`` (-1: from the beginning); ``state``: "" for all."""
        of_state = " AND c.state = ?" if state else ""
        sql = (
            f"{_MEMBER} JOIN devices d ON d.key = c.device WHERE c.campaign = ?{of_state} AND c.place > ?"
            " ORDER BY c.place LIMIT ?"
        )
        parameters = (number, *((state,) if state else ()), after, limit)
        return [_read_member(number, row) for row in await self._rows(sql, *parameters)]

    async def members_to_look_at(
        self, number: int, state: MemberState, limit: int
    ) -> Sequence[tuple[Member, Device]]:
        """The same in one state, with what is known of each; those that were deleted are left out."""
        await self._settling.settle()
        source = DEVICES.source.replace(" WHERE", " JOIN campaign_devices c ON c.device = d.key WHERE")
        sql = (
            f"SELECT c.place, d.id, c.state, c.changed, c.detail, c.before, {DEVICE_COLUMNS} {source}"
            " AND c.campaign = ? AND c.state = ? ORDER BY c.place LIMIT ?"
        )
        rows = await self._rows(sql, number, state.value, limit)
        return [(_read_member(number, row), read_device(row[6:])) for row in rows]

    async def change_members(self, changed: Iterable[Member]) -> None:
        """Keep what has become of these; on disk when this returns."""
        members = list(changed)
        statements = [
            Statement(
                _CHANGE_MEMBER,
                (
                    each.state.value,
                    each.changed,
                    storable(each.detail),
                    storable(each.before),
                    each.campaign,
                    each.place,
                ),
            )
            for each in members
        ]
        if statements:
            await self._groups.write(*statements)
        for number in dict.fromkeys(each.campaign for each in members):
            await self._tell_of_campaign(number, "progressed")

    async def forget_members(self, number: int) -> int:
        """Leave out devices that were deleted meanwhile; how many."""
        forgotten = len(await self._groups.write(Statement(_FORGET, (number,))))
        if forgotten:
            await self._tell_of_campaign(number, "progressed")
        return forgotten

    async def _tell_of_campaign(self, number: int, what: str) -> None:
        """Tell what has happened to a campaign, with how far it has come, where somebody listens."""
        if not self.happenings.wanted:
            return
        try:
            campaign, tally = await self.campaign(number), await self.tally(number)
        except StoreUnavailable:
            self.happenings.miss()  # what has happened is on disk all the same
            return
        if campaign is not None:
            self._tell_of(Topic.CAMPAIGN, what, "", Progress(campaign, tally))


def _pieces(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), PIECE):
        yield items[start : start + PIECE]


def _adding(members: Sequence[tuple[Any, ...]]) -> Statement:
    marks = f"({', '.join('?' * len(_MEMBER_COLUMNS))})"
    values = [value for member in members for value in member]
    return Statement(_ADD_MEMBERS + ", ".join([marks] * len(members)), values)


def _read(row: Row) -> Campaign:
    number, name, state, version, level, plan, *rest = row
    return Campaign(number, name, CampaignState(state), version, level, orjson.loads(plan), *rest)


def _read_member(number: int, row: Row) -> Member:
    place, device, state, changed, detail, before, *_ = row
    return Member(number, place, device, MemberState(state), changed, detail, before)
