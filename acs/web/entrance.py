"""What the configuration says of how people come in."""

from __future__ import annotations

from dataclasses import dataclass

from acs.hypertext.proxied import Networks


@dataclass(frozen=True, slots=True)
class Entrance:
    """What ``trusted_proxies`` say of who asks them is believed; ``second_factor_required``: who logs in by
    password may do nothing before there is one."""

    trusted_proxies: Networks = ()
    second_factor_required: bool = False


ANYHOW = Entrance()
"""Nothing is said."""
