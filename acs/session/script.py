"""What the ACS does in a session, in order (DESIGN: "What happens in a session")."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from twisted.logger import Logger

from acs.cwmp.dialogue import State
from acs.quirks.selection import Selection
from acs.session.brief import Routine
from acs.session.conversation import Conversation
from acs.session.credentials import Kind
from acs.session.desired import Desired
from acs.session.errors import Enough, Refused, SessionLost
from acs.session.files import NO_FILES, Files
from acs.session.operator import Operator
from acs.session.procedures.announce import announce
from acs.session.procedures.associate import associate
from acs.session.procedures.check_inform import check_inform
from acs.session.procedures.configure import configure
from acs.session.procedures.diagnose import read_diagnostics
from acs.session.procedures.give_credentials import admit_again, give_credentials
from acs.session.procedures.heed_changes import heed_changes
from acs.session.procedures.identify import identify
from acs.session.procedures.learn import learn_inform
from acs.session.procedures.preconfigure import preconfigure
from acs.session.procedures.prove import heard, prove
from acs.session.procedures.read_all import read_all
from acs.session.procedures.relate import keep_relation, relate
from acs.session.procedures.rest import rests
from acs.session.procedures.run_jobs import run_jobs
from acs.session.procedures.send_vendor_file import send_vendor_file
from acs.session.procedures.settle import settle
from acs.session.procedures.track import track
from acs.session.procedures.upgrade import upgrade
from acs.session.procedures.verify import verify
from acs.session.procedures.wake_setup import wake_setup
from acs.session.profiles import Profiles
from acs.session.relation import Relation, subject_of
from acs.session.routine import Routines
from acs.session.tree import ParameterTree
from acs.session.verification import Policy
from acs.session.visit import Visit
from acs.session.waking import WakeSetup
from acs.store.interface import Store

log = Logger()


class Script:
    """The script of every session.

    :param policies: how devices are verified, by the name of the listener.
    :param quirks: which of them are in force for a device.
    :param new_password: makes one for a device that has none of its own.
    :param operator: his systems, which are asked about each device.
    :param tracked: parameters to read in every session, beside those of the profiles.
    :param waking: what devices are given to be woken by.
    :param called: told of each device that calls because it was called, with the number of the session.
    :param files: those that devices may be told to fetch, and where they find them.
    :ivar routines: recognises sessions for which it need not be begun.
    """

    def __init__(
        self,
        store: Store,
        now: Callable[[], float],
        policies: Mapping[str, Policy],
        quirks: Selection,
        new_password: Callable[[], str],
        operator: Operator,
        tracked: Sequence[str] = (),
        waking: WakeSetup | None = None,
        called: Callable[[str, int], None] = lambda device_id, session: None,
        files: Files = NO_FILES,
    ) -> None:
        self._store = store
        self._now = now
        self._policies = policies
        self._quirks = quirks
        self._new_password = new_password
        self._operator = operator
        self._waking = waking
        self._called = called
        self._files = files
        self._desired = Desired(store, Profiles(store, tracked))
        self.routines = Routines(store, policies, operator, self._desired, waking)

    async def __call__(self, cpe: Conversation) -> None:
        """Identify, relate, verify, answer the Inform; then each procedure in turn does what is due, which is
        mostly nothing."""
        try:
            if isinstance(cpe.routine, Routine):
                wanted = cpe.routine.wanted
                visit = self._taken_up(cpe, cpe.routine)
            else:
                wanted = self.routines.wanted()
                visit = await self._welcome(cpe)
            if not rests(visit):
                await self._do_what_is_due(visit)
            await visit.tree.keep(self._now())
            self.routines.note(visit, wanted)
        except LookupError:
            if cpe.resident is not None and cpe.resident.gone:
                if cpe.dialogue.state is State.INFORMING:
                    raise Refused(8005, "the device was deleted") from None
                raise SessionLost("the device was deleted") from None
            raise

    async def _do_what_is_due(self, visit: Visit) -> None:
        try:
            if visit.unasked:
                visit = await prove(visit, visit.unasked)
            if visit.cpe.credentials:
                await give_credentials(visit, self._new_password)
            await read_diagnostics(visit)
            kind = self._desired.profiles.of(visit.device)
            await send_vendor_file(visit, kind)
            if visit.cpe.events.called:
                await visit.store.jobs_accepted(visit.device_id)
            if await run_jobs(visit, urgent=True) or await upgrade(visit, self._desired):
                return
            await wake_setup(visit, self._waking)
            await preconfigure(visit, self._desired)
            await heed_changes(visit, self._desired)
            await configure(visit, self._desired)
            if await run_jobs(visit, urgent=False):
                return
            await track(visit, kind)
            await read_all(visit)
            if await heed_changes(visit, self._desired):
                await configure(visit, self._desired)
        except Enough:
            log.debug("{device}: the rest is for its next session", **visit.about)

    def _taken_up(self, cpe: Conversation, routine: Routine) -> Visit:
        """The visit of a device that was welcomed as the last time (`acs.session.routine`)."""
        assert cpe.resident is not None, "who is recognised is pinned"
        device = cpe.resident.record
        subject = subject_of(device, cpe.client_ip, cpe.listener, cpe.events.codes)
        cpe.relation = Relation(subject)
        tree = ParameterTree(self._store, device.id, cpe.record.id)
        verified = routine.row.client_ip_verified
        known = cpe.resident, tree, cpe.relation, self._operator, verified, None, self._files
        return Visit(cpe, self._store, self._now, *known)

    async def _welcome(self, cpe: Conversation) -> Visit:
        store = self._store
        device, news = await identify(cpe, store, self._quirks, self._now())
        if cpe.events.called:
            self._called(device.id, cpe.record.id)
        relation = await relate(cpe, device, self._operator)
        assert cpe.resident is not None, "who is identified is pinned"
        tree = ParameterTree(store, device.id, cpe.record.id)
        policy = self._policies[cpe.listener]
        told = await heard(cpe, tree, device, relation, policy) if policy.parameters else relation
        verified = told is not None and await verify(cpe, store, told, policy, self._operator)
        unasked = policy if told is None else None
        relation = told or relation
        known = cpe.resident, tree, relation, self._operator, verified, unasked, self._files
        visit = Visit(cpe, store, self._now, *known)
        keep_relation(visit)
        await associate(visit, device)
        settle(visit)
        announce(store, device.id, cpe.record.row, self._now())
        if news:
            check_inform(visit)
        if cpe.credentials is Kind.FACTORY:
            await admit_again(visit)
        forgetful = cpe.events.must_be_kept
        if forgetful:
            # The CPE will not say this again once it is answered.
            await learn_inform(visit)
            await tree.keep(self._now())
            cpe.keep(store)
            await store.committed()
        await cpe.greet()
        if news and not forgetful:
            await learn_inform(visit)
        return visit
