"""The log of sessions, each with its conversation, which is only ever appended to."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace
from twisted.logger import Logger

from acs.store.archive import write_conversation
from acs.store.compression import LONG
from acs.store.database import Row, Statement, Table
from acs.store.foundation import Parts
from acs.store.groups import SIZE
from acs.store.happenings import Topic
from acs.store.ids import as_text
from acs.store.interface import Query
from acs.store.listing.listings import MANNER, MANNER_SHAPE, SESSION_COLUMNS, SESSION_SHAPE, SESSIONS
from acs.store.manners import Manners
from acs.store.records import Exchange, Page, Session, SessionResult
from acs.store.residents import Presence, Resident
from acs.store.segments import SegmentsFull

_COLUMNS = (
    *("id", "settled", "device"), *(name for name in SESSION_SHAPE.names if name != "id"), "manner", *MANNER
)  # fmt: skip
# A session is settled once more when it has ended, and counts then.
_SESSIONS = Table(
    "sessions",
    _COLUMNS,
    "(id) DO UPDATE SET"
    " settled = CASE WHEN sessions.result = 'open' THEN 0 ELSE sessions.settled END, "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:]),
)
_CONVERSATION = ("document", "segment", "position", "size")
_CONVERSATIONS = Table(
    "conversations",
    ("session", *_CONVERSATION),
    "(session) DO UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in _CONVERSATION),
)
_BY_ID = f"SELECT {SESSION_COLUMNS} {SESSIONS.source} AND s.id = ?"
_WORDS_OF = f"SELECT {', '.join(_CONVERSATION)} FROM conversations WHERE session = ?"
# A device that is not in memory, or is forgotten: its key is looked up when the session is written.
_SET_DEVICE = (
    "UPDATE sessions SET device = (SELECT key FROM devices WHERE devices.id = ?) WHERE sessions.id = ?"
)


class Sessions(Manners):
    """The verbs about sessions (`acs.store.interface.Store`)."""

    log = Logger()

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._unsealed: dict[int, bytes] = {}
        parts.groups.gather = self._seal

    def save_session(self, session: Session, conversation: Sequence[Exchange]) -> None:
        """Write a session and its conversation; saying it again replaces what was said before.

        A resident device's last Inform, its count of Informs, its address and the result of its last session
        are those of this session from now on, once it has ended.
        """
        resident = self._residents.get(session.device) if session.device else None
        number, *rest = SESSION_SHAPE.values(session)
        key = None if resident is None else resident.record.key
        row = (number, 0, key, *rest, *self._in_manner(session))
        # Before the row, which may be the one that fills the group: both go with the same one.
        if session.bytes_in >= LONG:
            self._unsealed.pop(session.id, None)
            self._place(session.id, self._archive.seal_long(session.id, conversation))
        else:
            self._unsealed[session.id] = write_conversation(conversation)
        self._groups.append((_SESSIONS, row))
        if len(self._unsealed) >= SIZE:
            self._seal()
        if resident is not None:
            self._note_presence(resident, session)
        elif session.device:
            self._groups.behind(Statement(_SET_DEVICE, (session.device, session.id)))
        self._settling.appended("" if resident else session.device)
        if self.happenings.wanted and session.result is not SessionResult.OPEN:
            self._tell_of(Topic.SESSION, "ended" if session.device else "refused", session.device, session)

    def _seal(self) -> None:
        """Hand over the conversations of a group."""
        unsealed, self._unsealed = self._unsealed, {}
        for number, blob in self._archive.seal(unsealed):
            self._place(number, blob)

    def _place(self, number: int, blob: bytes) -> None:
        try:
            self._groups.append((_CONVERSATIONS, self._archive.place(number, blob)))
        except SegmentsFull as error:
            self.log.critical(
                "the conversation of session {id} is lost: {error}", id=as_text(number), error=error
            )

    async def session(self, session_id: int) -> Session | None:
        """One session."""
        row = await self._row(_BY_ID, session_id)
        return None if row is None else read_session(row)

    async def sessions(self, query: Query) -> Page[Session]:
        """Sessions, the newest first where no order is asked for (`acs.store.listing.listings.SESSIONS`)."""
        asked, rows = await self._ask_settled(SESSIONS, query)
        return asked.page(rows, read_session)

    async def conversation(self, session_id: int) -> tuple[Exchange, ...] | None:
        """The messages of a session in order; None where they are gone (retention) or the session is not
        known.

        Raises `StoreError` where what is on disk is damaged.
        """
        row = await self._row(_WORDS_OF, session_id)
        if row is None:
            return None
        return await self._in_thread(self._archive.get, session_id, row)

    def _note_presence(self, resident: Resident, session: Session) -> None:
        self._residents.touch(resident)
        if session.result is SessionResult.OPEN or resident.counted == session.id:
            return
        resident.counted = session.id
        before = resident.presence or resident.record
        if session.started >= (before.last_inform or 0.0):
            resident.presence = Presence(
                session.started,
                before.inform_count + 1,
                str(session.result),
                session.client_ip,
                session.client_ip_verified,
            )
        else:
            resident.device = replace(resident.device, inform_count=before.inform_count + 1)


def read_session(row: Row) -> Session:
    """The session that a row of `SESSION_COLUMNS` holds."""
    device, *columns = row
    mannered = MANNER_SHAPE.fields(columns[len(SESSION_SHAPE.names) :])
    return Session(device=device or "", **SESSION_SHAPE.fields(columns), **mannered)
