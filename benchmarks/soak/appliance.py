"""Runs the appliance with days that are minutes, for what it forgets.

``python -m benchmarks.soak.appliance acs.toml KEEP EVERY DAY``: every EVERY seconds it forgets what is older
than KEEP seconds, as an operator's does each hour what is older than days; a segment file is for DAY seconds
instead of a day, so that whole files go meanwhile.  It tells on which ports it listens.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger, globalLogBeginner

from acs import config, logs
from acs.recurring import Recurring
from acs.service import Appliance
from acs.store.interface import StoreClosed, StoreError
from acs.store.segments import Segments

DAY = 86_400.0
BEGINNING = 1_767_225_600.0
"""2026-01-01: from then on days are short.  With a day a minute the year 9999 comes in five years."""

log = Logger()


class ShortDays(Segments):
    """Segment files for days of so many seconds."""

    def __init__(self, directory: Path, clock: Any, day: float) -> None:
        super().__init__(directory, clock.seconds)
        self._clock = clock
        self._times = DAY / day

    def append(self, number: int, data: bytes, when: float | None = None) -> Any:
        """As on the short day that it is."""
        return super().append(number, data, self._on(self._clock.seconds() if when is None else when))

    def drop_before(self, when: float) -> int:
        """Remove the files of short days that ended before then."""
        return super().drop_before(self._on(when))

    def _on(self, when: float) -> float:
        return BEGINNING + (when - BEGINNING) * self._times


def main(path: str, keep: str, every: str, day: str) -> None:
    """Run until SIGTERM."""
    settings, core = config.load(path), reactor
    clock: Any = core
    globalLogBeginner.beginLoggingTo([logs.observer(sys.stderr, settings.log.level, settings.log.format)])
    appliance = Appliance(settings, clock, announce=lambda url, password: None)
    archive = appliance.store._archive  # type: ignore[attr-defined]
    if archive._segments is not None:
        # Before anything lies in it; the product knows no days but real ones.
        archive._segments = ShortDays(settings.state_dir / "archive", clock, float(day))

    async def retire() -> None:
        before = clock.seconds() - float(keep)
        try:
            await appliance.store.retire(before, before, before)
        except StoreClosed:
            pass  # it has stopped meanwhile
        except StoreError as error:
            log.error("what is old could not be forgotten: {reason}", reason=str(error))

    retiring = Recurring(
        clock, float(every), lambda: ensureDeferred(retire()), "what is old could not be forgotten"
    )

    def tell(_: Any) -> None:
        retiring.start()
        for name in (settings.cwmp[0].name, "console"):
            print(name, appliance.ports[name].getHost().port, file=sys.__stdout__, flush=True)

    appliance.startService()
    appliance.started.addCallback(tell)
    clock.addSystemEventTrigger("before", "shutdown", retiring.stop)
    clock.addSystemEventTrigger("before", "shutdown", appliance.stopService)
    clock.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
