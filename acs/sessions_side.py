"""Sessions, as the configuration has them."""

from __future__ import annotations

import random
import secrets
from functools import partial
from typing import Any

from acs.config import Config
from acs.http.callers import Callers
from acs.http.relay import token_of
from acs.operator_side import OperatorSide
from acs.quirks.selection import Selection
from acs.randomness import Pool
from acs.session.answers import Answers
from acs.session.files import Files
from acs.session.script import Script
from acs.session.sessions import Limits, Sessions
from acs.store.interface import Store
from acs.wake_side import WakeSide
from acs.web.telling.watch import Watch


def sessions_of(
    config: Config,
    store: Store,
    reactor: Any,
    chance: Pool,
    operator: OperatorSide,
    wake: WakeSide,
    watch: Watch,
    files: Files,
) -> Sessions:
    """The sessions of this process, with the script that each follows."""
    limits = Limits(
        session_seconds=float(config.limits.session_seconds),
        sessions=config.limits.sessions,
        urgent_percent=config.limits.urgent_percent,
        sessions_per_address=config.limits.sessions_per_address,
        informs=config.limits.informs.count,
        informs_seconds=float(config.limits.informs.seconds),
    )
    quirks = Selection(store.quirk_rules)
    new_password = partial(secrets.token_urlsafe, 18)
    side, tracked = operator.operator, config.track.parameters
    more = tracked, wake.setup, wake.called, files
    script = Script(store, reactor.seconds, operator.policies, quirks, new_password, side, *more)
    answers = Answers(store, reactor.seconds, files)
    return Sessions(
        store,
        reactor.seconds,
        script,
        answers,
        lambda: token_of(store.node, chance.take(16)),
        random.SystemRandom().random,
        limits,
        watch.counting(side.session_ended),
        script.routines,
    )


def callers_of(config: Config, reactor: Any) -> Callers:
    """Who may connect, and how often."""
    limits = config.limits
    rate = limits.connection_rate.count, float(limits.connection_rate.seconds)
    return Callers(reactor.seconds, limits.connections, limits.connections_per_address, rate)
