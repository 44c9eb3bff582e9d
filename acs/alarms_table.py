"""The ``[alarms]`` table of the configuration file."""

from __future__ import annotations

from dataclasses import dataclass

from acs.settings import integer, setting

_PERCENT = integer(0, 100)
_SECONDS = integer(1, 366 * 86_400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """From where on something is the matter."""

    late_percent: int = setting(
        _PERCENT, 20, "How many of a model's devices, or of all, may be late; 0: any."
    )
    late_times: int = setting(integer(1, 1_000), 3, "Late: no call for so many times its interval.")
    late_interval: int = setting(_SECONDS, 86_400, "The interval of devices that do not tell it, in seconds.")
    late_least: int = setting(integer(1, 1_000_000), 10, "Of fewer devices nothing is said.")
    late_days: int = setting(integer(1, 3_650), 30, "Devices that are silent for longer are not counted.")
    failing_percent: int = setting(_PERCENT, 20, "How many of the sessions may fail; 0: any.")
    failing_minutes: int = setting(integer(1, 1_440), 10, "Sessions of the last minutes are counted.")
    failing_least: int = setting(integer(1, 1_000_000), 20, "Of fewer sessions nothing is said.")
    store_milliseconds: int = setting(
        integer(0, 3_600_000), 1_000, "What the database may take for what is written at once; 0: any."
    )
    certificate_days: int = setting(
        integer(0, 366), 14, "A certificate's end is told so long before; 0: never."
    )
    disk_percent: int = setting(_PERCENT, 90, "How full the disk of the state folder may be; 0: any.")
