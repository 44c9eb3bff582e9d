"""A session that was recorded, played again: what the device said, to whatever it is asked now.

`acsctl session export` writes the folder; `tests.support.new_recording` makes a test of it.  Each answer of
the device's belongs to the RPC that it answered then, with its ID made that of the question now; what HTTP
itself was like (cookies, lengths, encodings) is not played.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from acs.cwmp import messages as m
from acs.cwmp.envelope import read_envelope
from acs.cwmp.errors import ProtocolError
from acs.cwmp.json_form import to_json
from acs.quirks.rules import Rule
from acs.store.records import Session
from tests import ROOT
from tests.support.cases import WorldCase
from tests.support.world import Answer, Cpe

_ID = re.compile(rb"(<(?:[\w.-]+:)?ID\b[^>]*>)([^<]*)(</)")
_OF_HTTP = frozenset(
    ("host", "content-length", "content-encoding", "transfer-encoding", "cookie", "authorization", "expect")
)
"""Headers that belong to the connection that there was."""


@dataclass(frozen=True)
class Said:
    """A message: its headers but for those of HTTP itself, and its body."""

    headers: tuple[str, ...]
    body: bytes

    @property
    def message(self) -> m.Message | None:
        """What it says; None for nothing, or what cannot be read."""
        try:
            return read_envelope(self.body).message if self.body.strip() else None
        except ProtocolError:
            return None


@dataclass
class Recording:
    """What a folder of `acsctl session export` has.

    ``opening`` is what the device said by itself, in order; ``answers`` what it said to each RPC, by name, in
    order; ``jobs`` the RPCs that were asked for somebody.
    """

    opening: list[Said] = field(default_factory=list)
    answers: dict[str, list[Said]] = field(default_factory=lambda: defaultdict(list))
    jobs: list[m.AnyRequest] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> Recording:
        """Read it; raises `ValueError` where it does not begin with an Inform."""
        found = cls()
        asked: m.Message | None = None
        for row in (folder / "index.tsv").read_text("utf-8").splitlines():
            number, *_, jobs, _ = row.split("\t")
            request = said_in(folder / f"{number}-request.txt")
            if request is not None and isinstance(asked, m.Request):
                found.answers[m.name_of(asked)].append(request)
            elif request is not None:
                found.opening.append(request)
            response = said_in(folder / f"{number}-response.txt")
            asked = response.message if response is not None else None
            if isinstance(asked, m.Request) and jobs != "-":
                found.jobs.append(asked)
        if not found.opening or not isinstance(found.opening[0].message, m.Inform):
            raise ValueError(f"{folder} does not begin with an Inform that can be read")
        return found

    @property
    def inform(self) -> m.Inform:
        """What it began with."""
        message = self.opening[0].message
        assert isinstance(message, m.Inform)
        return message

    @property
    def was_new(self) -> bool:
        """Whether the appliance read all of it, which it does at first sight."""
        return "GetParameterNames" in self.answers


def said_in(path: Path) -> Said | None:
    """A file of the folder; None where it is not there."""
    if not path.exists():
        return None
    head, _, body = path.read_bytes().partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")[1:]
    return Said(tuple(line for line in lines if line.partition(":")[0].strip().lower() not in _OF_HTTP), body)


@dataclass(frozen=True)
class Seen:
    """What became of it: the session as it is kept, what was asked by name, the notes beside messages."""

    session: Session
    asked: tuple[str, ...]
    unanswered: tuple[str, ...]
    notes: tuple[str, ...]


class RecordedCase(WorldCase):
    """Tests about one recording: ``recorded`` is its folder, from the project's root."""

    recorded = ""

    async def replay(self, *quirks: str) -> Seen:
        """Play it to an appliance on which these quirks are in force for the device, beside the shipped ones.

        A device that was known then is made known first.  What it was never asked then it does not answer:
        the session ends there (``unanswered``).
        """
        recording = Recording.of(ROOT / self.recorded)
        cpe = await self._known(recording)
        await self.world.store.change_quirk_rules([Rule(quirk, device=cpe.id) for quirk in quirks])
        for job in recording.jobs:
            await self.world.job(cpe.id, m.name_of(job), to_json(job))
        asked, unanswered = await _play(recording, cpe)
        if unanswered:
            cpe.line.drop()
        self.world.pass_time(600)  # for a session that nothing ended
        notes = tuple(each.note for each in await self.world.conversation() if each.note)
        return Seen(await self.world.last_session(), tuple(asked), tuple(unanswered), notes)

    async def _known(self, recording: Recording) -> Cpe:
        """The device, which the appliance has seen before if it had then."""
        inform = recording.inform
        root = inform.ParameterList[0].Name.partition(".")[0] + "." if inform.ParameterList else "Device."
        told = {each.Name.removeprefix(root): each.Value for each in inform.ParameterList}
        cpe = self.world.cpe(device=inform.DeviceId, told=told, root=root)
        if not recording.was_new:
            await cpe.first_contact()
            cpe.reconnect()
            cpe.cookie = ""
        return cpe


async def _play(recording: Recording, cpe: Cpe) -> tuple[list[str], list[str]]:
    """Say all of it; returns what was asked, and of that what there is no answer to."""
    own, answers = iter(recording.opening), {name: iter(said) for name, said in recording.answers.items()}
    asked: list[str] = []
    answer = await _say(cpe, next(own))
    while True:
        question = read_envelope(answer.body) if answer.status == 200 and answer.body else None
        if question is not None and isinstance(question.message, m.Request):
            asked.append(m.name_of(question.message))
            said = next(answers.get(asked[-1], iter(())), None)
            if said is None:
                return asked, asked[-1:]
            said = Said(said.headers, _with_id(said.body, answer.body))
        elif (own_next := _after(own, answer)) is None:
            return asked, []
        else:
            said = own_next
        answer = await _say(cpe, said)


def _after(own: Iterator[Said], answer: Answer) -> Said | None:
    """What the device says next by itself: nothing, once the session has ended."""
    return next(own, None) if answer.status == 200 else None


async def _say(cpe: Cpe, said: Said) -> Answer:
    answer = await cpe.exchange(said.body, *said.headers)
    if answer.headers.get("connection") == "close":
        cpe.reconnect()
    return answer


def _with_id(body: bytes, question: bytes) -> bytes:
    """The answer, to this question."""
    now = _ID.search(question)
    return body if now is None else _ID.sub(lambda then: then[1] + now[2] + then[3], body, count=1)
