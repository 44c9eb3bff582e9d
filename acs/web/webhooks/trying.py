"""When a message that was not taken is sent again, or no more: pure."""

from __future__ import annotations

from msgspec.structs import replace

from acs.store.records.webhooks import Delivery, DeliveryState, Standing
from acs.web.webhooks.posting import Outcome

FIRST_WAIT = 10.0
LONGEST_WAIT = 3600.0
"""Seconds from the first try to the second, twice as long to each further one, and at most; each a quarter
longer or shorter by chance."""
PATIENCE = 86_400.0
"""Seconds without anything taken after which nothing is sent any more, until a person says so."""
REFUSED = frozenset([400, 413, 415, 422])
"""What is answered of a message that is wrong in itself: it makes no sense for long to send it again."""
REFUSED_TRIES = 5
GONE = 410


def tried(delivery: Delivery, outcome: Outcome, now: float) -> Delivery:
    """The message as it is then."""
    attempts = delivery.attempts + 1
    state = DeliveryState.QUEUED
    if outcome.taken:
        state = DeliveryState.DELIVERED
    elif outcome.status in REFUSED and attempts >= REFUSED_TRIES:
        state = DeliveryState.FAILED
    return replace(
        delivery,
        state=state,
        attempts=attempts,
        tried=now,
        seconds=outcome.seconds,
        status=outcome.status,
        detail=outcome.detail,
    )


def fared(standing: Standing, outcome: Outcome, now: float, chance: float) -> Standing:
    """How the webhook fares then; ``chance`` is from 0 to 1."""
    if outcome.taken:
        return replace(standing, failing=None, failures=0, due=0.0)
    wait: float = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(standing.failures, 20))
    due = now + wait * (0.75 + 0.5 * chance)
    return replace(standing, failing=standing.failing or now, failures=standing.failures + 1, due=due)


def given_up(standing: Standing, outcome: Outcome, now: float) -> str:
    """Why nothing is to be sent to it any more; "" where it is."""
    if outcome.taken:
        return ""
    if outcome.status == GONE:
        return "it answers 410: that it is gone for good"
    if standing.failing is None or now - standing.failing < PATIENCE:
        return ""
    said = f"status {outcome.status}" if outcome.status else outcome.detail
    return f"it has taken nothing for a day, in {standing.failures} tries, the last time: {said}"
