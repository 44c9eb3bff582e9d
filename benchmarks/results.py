"""What a benchmark has found, in the form that `benchmarks.__main__` collects.

A benchmark prints it as a line of its own among what it tells people: `MARK` with a JSON object behind it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles

MARK = "result: "


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table: ``rounds`` has the ratio, or in ``unit`` the amount, that each round came to.

    The goal is a maximum, unless ``at_least``.
    """

    name: str
    against: str
    goal: float
    rounds: Sequence[float]
    unit: str = ""
    at_least: bool = False

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def spread(self) -> tuple[float, float]:
        """Between which values the middle half of the rounds lies."""
        if len(self.rounds) < 2:
            return self.value, self.value
        first, _, third = quantiles(self.rounds, n=4, method="inclusive")
        return first, third

    @property
    def met(self) -> bool:
        """Whether the median reaches the goal."""
        return self.value >= self.goal if self.at_least else self.value <= self.goal


def tell(result: Result) -> None:
    """Print it, for people first."""
    first, third = result.spread
    against = f" against {result.against}" if result.against else ""
    print(
        f"{result.name}{against}: {result.value:.3f}{result.unit and ' ' + result.unit}"
        f" (half of the rounds: {first:.3f} to {third:.3f}; goal {result.goal:g})"
    )
    print(MARK + json.dumps(asdict(result)), flush=True)


def results_in(output: str) -> list[Result]:
    """Those that a benchmark has printed."""
    return [
        Result(**json.loads(line.removeprefix(MARK))) for line in output.splitlines() if line.startswith(MARK)
    ]
