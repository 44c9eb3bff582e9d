"""Regular expressions whose search takes time in proportion to the text, whatever is written in them.

Python's own would go back and try again, for `(a+)+$` longer than anybody lives.  Here all ways that an
expression can go are gone at once (Thompson, 1968), and what that costs is counted.  What cannot be done so
(references back, looking around) is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from acs.web.nbi.expressions import Any, Begin, Char, End, Matched, Split, State, read_expression

LONGEST_TEXT = 4096
"""Characters of a text that are looked at."""
_MOST_SETS = 500
"""Sets of states of which is remembered where they lead."""

_A_STEP = 8
"""Characters that cost a step where it is known what follows from them."""

Spend = Callable[[int], None]
"""Takes so many steps from what a query may cost; raises where that is too much."""

_States = frozenset[int]


@dataclass(eq=False)
class Pattern:
    """An expression that is looked for anywhere in a text; ``spend`` is told what that costs."""

    states: list[State]
    start: int
    spend: Spend
    ignore_case: bool = False

    def __post_init__(self) -> None:
        self._leads: dict[tuple[_States, str], _States] = {}
        self._opening = self._reach([self.start], at_begin=True)
        self._again = self._reach([self.start], at_begin=False)

    def found_in(self, text: str) -> bool:
        """Whether it matches somewhere."""
        text = text[:LONGEST_TEXT]
        if self.ignore_case:
            text = text.lower()
        now = self._opening
        self.spend(1 + len(text) // _A_STEP)
        for char in text:
            if self._matched(now):
                return True
            now = self._step(now, char)
        return self._matched(now) or self._ends(now)

    def _step(self, now: _States, char: str) -> _States:
        leads = self._leads.get((now, char))
        if leads is None:
            self.spend(len(now))
            taken = [self.states[each] for each in now]
            leads = self._again | self._reach(
                [state.then for state in taken if isinstance(state, Char | Any) and state.takes(char)],
                at_begin=False,
            )
            if len(self._leads) < _MOST_SETS:
                self._leads[now, char] = leads
        return leads

    def _reach(self, begun: Iterable[int], at_begin: bool, at_end: bool = False) -> _States:
        """The states that these lead to without another character."""
        waiting, found = list(begun), set[int]()
        while waiting:
            number = waiting.pop()
            if number in found:
                continue
            found.add(number)
            match self.states[number]:
                case Split(first, second):
                    waiting += (first, second)
                case Begin(then) if at_begin:
                    waiting.append(then)
                case End(then) if at_end:
                    waiting.append(then)
        self.spend(len(found))
        return frozenset(found)

    def _matched(self, now: _States) -> bool:
        return any(isinstance(self.states[each], Matched) for each in now)

    def _ends(self, now: _States) -> bool:
        """Whether it matches as the text ends here; at the beginning of an empty one too."""
        empty = now is self._opening
        return self._matched(self._reach(now, at_begin=empty, at_end=True))


def pattern(expression: str, spend: Spend, flags: str = "") -> Pattern:
    """The pattern of an expression; raises ValueError with the reason why there is none.

    Flags: ``i`` for any case, ``s`` for a dot that is a line's end too; ``g`` and ``y`` change nothing.
    """
    if unknown := set(flags) - set("isgy"):
        raise ValueError(f"the flag {min(unknown)!r} is not known: i and s are")
    ignore_case = "i" in flags
    states, start = read_expression(expression, ignore_case, every="s" in flags)
    return Pattern(states, start, spend, ignore_case)


def wildcards(text: str, spend: Spend) -> Pattern:
    """The pattern of a text in which each ``*`` stands for anything, and which is all of what it is found
    in."""
    parts = (
        "".join(f"\\{char}" if not char.isalnum() else char for char in part) for part in text.split("*")
    )
    return pattern(f"^{'.*'.join(parts)}$", spend, "s")
