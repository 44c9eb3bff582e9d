"""When a CPE calls again, by its interval or after a failure (TR-069 3.2.1.1, session retries)."""

from __future__ import annotations

import random
from datetime import UTC, datetime

MINIMUM_WAIT = 5
MULTIPLIER = 2000
"""Of a device without these two parameters: what the standard has for all."""
_LAST_STEP = 10


def retry_wait(retry: int, chance: random.Random, minimum: int, multiplier: int) -> float:
    """Seconds to wait before the ``retry``-th retry, from 1 on.

    ``minimum`` is CWMPRetryMinimumWaitInterval in seconds, ``multiplier`` CWMPRetryIntervalMultiplier in
    thousandths.
    """
    step = min(retry, _LAST_STEP)
    factor = multiplier / 1000
    return chance.uniform(minimum * factor ** (step - 1), minimum * factor**step)


def next_periodic(now: float, interval: int, reference: str) -> float:
    """When the next periodic Inform is due; ``reference`` is PeriodicInformTime: intervals count from it."""
    interval = max(interval, 1)
    start = _seconds(reference)
    if start is None:
        return now + interval
    return now + interval - (now - start) % interval


def _seconds(reference: str) -> float | None:
    """A dateTime in seconds since 1970; None for the Unknown Time and for what is none."""
    try:
        moment = datetime.fromisoformat(reference)
    except ValueError:
        return None
    if moment.year < 1970:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
