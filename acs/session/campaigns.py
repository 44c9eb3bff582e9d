"""Campaigns: many devices are brought to a firmware version, or to a configuration level, a few at a time.

What a device is to have becomes its own wish when its turn comes; the procedures of its next session do the
rest, and whether it has it is read off the device.  All that a campaign knows is in the store, so nothing
is lost when the process dies.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from msgspec import Struct, convert
from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from acs.firmware.waves import CAREFUL, Rule, Wave, Window, turns, wave_of
from acs.session.rates import Rates
from acs.session.software import begin_anew
from acs.store.interface import Store, StoreError, StoreUnavailable
from acs.store.records import Device
from acs.store.records.alarms import AlarmKind
from acs.store.records.campaigns import Campaign, CampaignState, Member, MemberState
from acs.store.records.wakes import NoMoreWaking

LEASE = 30.0
"""Seconds for which a campaign is one process's to see to."""
OUTCOMES = 10_000
"""Of how many devices, at most, the outcome counts for a campaign's rule."""
MOST_AT_ONCE = 10_000

log = Logger()


class Plan(Struct, frozen=True):
    """How a campaign goes.

    ``at_once``: so many devices may be under way; ``per_hour``: so many are begun in an hour, 0 for no such
    limit; ``window`` is in a device's own time, or in ``timezone`` where it does not tell that;
    ``patience_hours``: a device that has not got it by then is unreachable; ``wake``: devices are woken,
    instead of waited for.
    """

    waves: tuple[Wave, ...] = CAREFUL
    rule: Rule = Rule()
    window: Window = Window()
    timezone: str = "UTC"
    at_once: int = 100
    per_hour: int = 0
    patience_hours: float = 168.0
    wake: bool = False


def plan_of(campaign: Campaign) -> Plan:
    """How this one goes."""
    return convert(campaign.plan, Plan)


class Campaigns:
    """Sees to those that are not over.

    :param call: wakes a device.
    :param why_failed: why a device cannot be brought to what it is to have; "" as long as it may be.
    :param otherwise: the firmware version that is wanted of a device apart from its own wish, "" for none.
    :param runs: whether a device says that it runs a version, which it may call otherwise.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        call: Callable[[str], Awaitable[object]],
        why_failed: Callable[[Campaign, Device], str],
        otherwise: Callable[[Device], str] = lambda device: "",
        runs: Callable[[Device, str], bool] = lambda device, version: device.software_version == version,
    ) -> None:
        self._store = store
        self._now = now
        self._call = call
        self._why_failed = why_failed
        self._otherwise = otherwise
        self._runs = runs
        self._rates: dict[int, Rates] = {}

    async def look(self) -> None:
        """Bring each of them on; to be called every few seconds."""
        now = self._now()
        try:
            for campaign in await self._store.see_to_campaigns(now, now + LEASE):
                await self._look_at(campaign, plan_of(campaign))
                await self._store.leave_campaign(campaign.id)
        except StoreUnavailable:
            return  # which is told elsewhere

    async def abort(self, campaign: Campaign) -> bool:
        """End it; devices that have not got it are left as they are, and want what they wanted before.  False
        where it is over."""
        if not await self._store.change_campaign(campaign.id, CampaignState.ABORTED):
            return False
        for state in (MemberState.OFFERED, MemberState.WAITING):
            while found := await self._store.members_to_look_at(campaign.id, state, 1000):
                for member, device in found:
                    if state is MemberState.OFFERED:
                        await self._take_back(campaign, member, device)
                await self._settle([member for member, _ in found], MemberState.LEFT)
        return True

    async def _look_at(self, campaign: Campaign, plan: Plan) -> None:
        await self._store.forget_members(campaign.id)
        await self._judge(campaign, plan)
        if campaign.state is not CampaignState.RUNNING:
            return
        # What came before a person had it go on has been seen by him.
        failed = await self._store.outcomes(campaign.id, campaign.changed, OUTCOMES)
        if reason := plan.rule.why_stop(failed):
            if await self._store.change_campaign(campaign.id, CampaignState.STOPPED, reason):
                log.warn("campaign {name} stops: {reason}", name=campaign.name, reason=reason)
                text = f"campaign {campaign.name} has stopped: {reason}"
                self._store.raise_alarm(AlarmKind.CAMPAIGN_STOPPED, text, campaign=campaign.id)
            return
        tally = await self._store.tally(campaign.id)
        if not tally[MemberState.WAITING] and not tally[MemberState.OFFERED]:
            if await self._store.change_campaign(campaign.id, CampaignState.ENDED):
                log.info("campaign {name} has ended", name=campaign.name)
            return
        await self._offer(campaign, plan, plan.at_once - tally[MemberState.OFFERED])

    async def _judge(self, campaign: Campaign, plan: Plan) -> None:
        """See what has become of the devices that are under way."""
        now = self._now()
        settled = []
        for member, device in await self._store.members_to_look_at(
            campaign.id, MemberState.OFFERED, MOST_AT_ONCE
        ):
            if self._has_it(campaign, device):
                await self._confirmed(campaign, member, device)
                settled.append(replace(member, state=MemberState.CONFIRMED, changed=now))
            elif reason := self._why_failed(campaign, device):
                settled.append(replace(member, state=MemberState.FAILED, changed=now, detail=reason))
            elif now >= member.changed + plan.patience_hours * 3600:
                settled.append(replace(member, state=MemberState.UNREACHABLE, changed=now))
        await self._store.change_members(settled)

    def _has_it(self, campaign: Campaign, device: Device) -> bool:
        """Whether a device has what the campaign brings."""
        if campaign.software_version:
            return self._runs(device, campaign.software_version)
        return device.current_config_level >= campaign.config_level

    async def _offer(self, campaign: Campaign, plan: Plan, room: int) -> None:
        """Let those have it whose turn has come, as many as may be under way."""
        limit = await self._turn(campaign, plan)
        changed = []
        candidates = await self._store.members_to_look_at(
            campaign.id, MemberState.WAITING, min(MOST_AT_ONCE, max(0, room) * 4 + 100)
        )
        for member, device in candidates:
            if room <= 0 or member.place >= limit:
                break
            if self._has_it(campaign, device):
                detail = "it had it already"
                changed.append(
                    replace(member, state=MemberState.CONFIRMED, changed=self._now(), detail=detail)
                )
            elif self._may_be_disturbed(device, plan) and self._in_time(campaign, plan):
                room -= 1
                changed.append(await self._offered(campaign, plan, member, device))
        await self._store.change_members(changed)

    async def _turn(self, campaign: Campaign, plan: Plan) -> int:
        """Up to which place devices have their turn: the wave's of the first that has not settled."""
        first = campaign.devices
        for state in (MemberState.WAITING, MemberState.OFFERED):
            for member in await self._store.members(campaign.id, state.value, -1, 1):
                first = min(first, member.place)
        limits = turns(plan.waves, campaign.devices)
        return limits[min(wave_of(first, limits), len(limits) - 1)]

    def _may_be_disturbed(self, device: Device, plan: Plan) -> bool:
        return plan.window.is_open(minute_of_day(self._now(), device.time_offset, plan.timezone))

    def _in_time(self, campaign: Campaign, plan: Plan) -> bool:
        """Whether one more may be begun in this hour; it is counted."""
        if not plan.per_hour:
            return True
        rates = self._rates.setdefault(campaign.id, Rates(plan.per_hour, 3600.0))
        return rates.wait("", self._now()) == 0.0

    async def _offered(self, campaign: Campaign, plan: Plan, member: Member, device: Device) -> Member:
        before = await self._wish(device, campaign.software_version, campaign.config_level)
        if plan.wake:
            Deferred.fromCoroutine(_calling(self._call(device.id))).addErrback(_not_called, device.id)
        return replace(member, state=MemberState.OFFERED, changed=self._now(), before=before)

    async def _confirmed(self, campaign: Campaign, member: Member, device: Device) -> None:
        """The wish has served its purpose, unless something else is wanted of the device, which would then
        undo it."""
        if campaign.software_version and self._otherwise(device) in ("", campaign.software_version):
            await self._take_back(campaign, member, device)

    async def _take_back(self, campaign: Campaign, member: Member, device: Device) -> None:
        """Have a device want what it wanted before, if nobody has wished for something else since."""
        if campaign.software_version and device.desired_software_version == campaign.software_version:
            await self._wish(device, member.before, "", back=True)
        elif campaign.config_level and device.desired_config_level == campaign.config_level:
            await self._wish(device, "", member.before, back=True)

    async def _wish(self, device: Device, version: str, level: str, back: bool = False) -> str:
        """Have a device want this version, or this level; what it wanted before."""
        if await self._store.device(device.id) is None:
            return ""
        if version or (back and device.desired_software_version):
            before = device.desired_software_version
            begin_anew(self._store, device.id)
            self._store.change_device(device.id, desired_software_version=version)
        else:
            before = device.desired_config_level
            self._store.change_device(device.id, desired_config_level=level)
        return before

    async def _settle(self, members: Sequence[Member], state: MemberState) -> None:
        now = self._now()
        await self._store.change_members(replace(member, state=state, changed=now) for member in members)


async def _calling(calling: Awaitable[object]) -> None:
    await calling


def _not_called(reason: Failure, device_id: str) -> None:
    """It has its wish when it calls by itself; one that was deleted has none."""
    if isinstance(reason.value, StoreError):
        log.warn("{device}: not woken: {reason}", device=device_id, reason=reason.getErrorMessage())
    elif not isinstance(reason.value, (LookupError, NoMoreWaking)):
        log.failure("{device} of a campaign could not be woken", reason, device=device_id)


def minute_of_day(now: float, offset: str, zone: str) -> int:
    """Minutes since midnight where a device is: by the ``offset`` of its own time (``+01:00``), or in the
    ``zone`` (an IANA name) where it does not tell that."""
    there: timezone | ZoneInfo = UTC if zone == "UTC" else ZoneInfo(zone)
    if offset:
        sign = -1 if offset.startswith("-") else 1
        there = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))
    local = datetime.fromtimestamp(now, there)
    return local.hour * 60 + local.minute
