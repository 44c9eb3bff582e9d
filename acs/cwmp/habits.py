"""What documents of one skeleton usually say: those that say it again are read by comparing.

A device tells its maker, its software and the names of its parameters with each Inform, and other devices of
its model tell the same.  A text that has been the same in all documents of a skeleton so far is compared
instead of being read: a document is as usual if it has these texts in their places, and then only the others
are taken out of it.  One that is not is read like any document, and the next form of the habit has that text
among the others.  An Inform is understood in 0.4 of the time (``benchmarks/understanding.py``, both ways in
turns).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from acs.cwmp.skeleton import Skeleton, is_plain

P = TypeVar("P")

OFTEN = 16
"""So many documents that no form fits are looked at before one is made, which takes as long as a parse."""
LONGEST = 8192
"""How many characters a document may have: an Inform, and short answers."""
MOST = 128
"""Of how many numbers of tags documents are remembered."""
ALIKE = 4
"""How many skeletons of one number of tags."""
LENGTHS = 256
"""Of so many lengths it is remembered which form fitted last: counting tags takes a sixth of an Inform."""


class Form(Generic[P]):
    """What usual documents are made of: texts, each between two of the ``pieces``; and the plan to read
    them."""

    __slots__ = ("plan", "_first", "_pieces")

    def __init__(self, skeleton: Skeleton, plan: P) -> None:
        self.plan = plan
        first, *others = skeleton.markup.replace("\0", ">\0<").split("\0")
        self._first = first
        self._pieces = tuple((piece, len(piece)) for piece in others)

    def texts_of(self, text: str) -> list[str] | None:
        """The texts of a usual document; None for any other."""
        if not text.startswith(self._first):
            return None
        at = len(self._first)
        texts = []
        for piece, length in self._pieces:
            end = text.find("<", at)
            if not text.startswith(piece, end):
                return None
            texts.append(text[at:end])
            at = end + length
        return texts if at == len(text) and "" not in texts and is_plain("".join(texts)) else None


class _Habit(Generic[P]):
    """The documents of one skeleton: the texts that were the same in all of them, and their form."""

    __slots__ = ("markup", "common", "unusual", "form")

    def __init__(self, skeleton: Skeleton) -> None:
        self.markup = skeleton.markup
        self.common: list[str | None] = list(skeleton.texts)
        self.unusual = 1
        self.form: Form[P] | None = None

    def note(self, texts: list[str]) -> None:
        """Another one that the form does not fit."""
        self.common = [
            usual if usual == said else None for usual, said in zip(self.common, texts, strict=True)
        ]
        self.unusual += 1

    def narrowed(self, texts: list[str]) -> Skeleton:
        """The skeleton of usual documents: what is the same in all of them is markup."""
        first, *others = self.markup.split("\0")
        pieces, changing = [first], []
        for usual, said, piece in zip(self.common, texts, others, strict=True):
            if usual is None:
                changing.append(said)
                pieces.append(piece)
            else:
                pieces[-1] += f">{usual}<{piece}"
        return Skeleton("\0".join(pieces), changing)


class Habits(Generic[P]):
    """The habits of what calls here, by the number of tags: a few are tried, none is searched for.

    :param plan_of: how documents of a skeleton are read; None where that cannot be said.
    :param often: after how many documents a form is made.
    """

    def __init__(self, plan_of: Callable[[Skeleton], P | None], often: float = OFTEN) -> None:
        self._plan_of = plan_of
        self._often = often
        self._of_tags: OrderedDict[int, list[_Habit[P]]] = OrderedDict()
        self._likely: list[Form[P] | None] = [None] * LENGTHS

    def find(self, text: str) -> tuple[P, list[str]] | None:
        """Of a usual document the plan, and the texts that it is for; None for any other."""
        form = self._likely[len(text) % LENGTHS]
        if form is not None and (texts := form.texts_of(text)) is not None:
            return form.plan, texts
        habits = self._of_tags.get(text.count("<")) if len(text) <= LONGEST else None
        if habits is None:
            return None
        for number, habit in enumerate(habits):
            if habit.form is not None and (texts := habit.form.texts_of(text)) is not None:
                if number:
                    habits.insert(0, habits.pop(number))
                self._likely[len(text) % LENGTHS] = habit.form
                return habit.form.plan, texts
        return None

    def note(self, text: str, skeleton: Skeleton) -> None:
        """A document that is not usual, and could be read by its skeleton."""
        if len(text) > LONGEST:
            return
        habits = self._habits_of(text)
        for habit in habits:
            if habit.markup == skeleton.markup:
                self._look(habit, skeleton.texts)
                return
        # Whoever sends what nobody else does takes the place of his like, and of nobody else's.
        del habits[ALIKE - 1 :]
        habits.append(_Habit(skeleton))

    def _habits_of(self, text: str) -> list[_Habit[P]]:
        tags = text.count("<")
        habits = self._of_tags.setdefault(tags, [])
        self._of_tags.move_to_end(tags)
        if len(self._of_tags) > MOST:
            self._of_tags.popitem(last=False)
        return habits

    def _look(self, habit: _Habit[P], texts: list[str]) -> None:
        habit.note(texts)
        if habit.unusual < self._often:
            return
        habit.unusual = 0
        skeleton = habit.narrowed(texts)
        plan = self._plan_of(skeleton)
        habit.form = None if plan is None else Form(skeleton, plan)
