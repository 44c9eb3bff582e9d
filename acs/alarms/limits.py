"""From where on something is the matter."""

from __future__ import annotations

from msgspec import Struct

DAY = 86_400.0


class Limits(Struct, frozen=True):
    """What is let pass; 0 in those of the first line of each: nothing of it is looked at.

    :ivar late_percent: so many of the devices of a model, or of all, may be late: they have not called for
        more than ``late_times`` their interval (``late_interval`` seconds where they do not tell it).  Of
        fewer than ``late_least`` devices nothing is said; nor are those counted that have not called for
        ``late_days``.
    :ivar failing_percent: so many of the sessions of the last ``failing_minutes`` may have failed; of fewer
        than ``failing_least`` nothing is said.
    :ivar store_milliseconds: so long may the database take for what is written at once, on average.
    :ivar certificate_days: so long before its end a certificate is told.
    :ivar disk_percent: so much of a disk may be in use.
    """

    late_percent: int = 20
    late_times: int = 3
    late_interval: int = 86_400
    late_least: int = 10
    late_days: int = 30
    failing_percent: int = 20
    failing_minutes: int = 10
    failing_least: int = 20
    store_milliseconds: int = 1_000
    certificate_days: int = 14
    disk_percent: int = 90
