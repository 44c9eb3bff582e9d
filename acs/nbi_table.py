"""The ``[nbi]`` table of the configuration file: GenieACS's northbound interface, for programs of its."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from acs.kinds import SERVER_OR_NONE
from acs.settings import FLAG, choice, setting, table
from acs.tls_table import Tls

_LOOPBACK = re.compile(
    r"unix:.*|(?:ssl|tcp6?):.*\binterface=(?:127(?:\.\d{1,3}){3}|localhost|\\:\\:1)(?::.*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nbi:
    """The ``[nbi]`` table."""

    endpoint: str = setting(SERVER_OR_NONE, "", "Where it listens; empty: nowhere.")
    authentication: str = setting(
        choice("token", "none"), "token", "An API token, as Bearer or as the password; none: nobody is asked."
    )
    open_to_other_machines: bool = setting(
        FLAG, False, "With none: anybody who reaches it, from wherever, may do what an operator may."
    )
    secrets: bool = setting(FLAG, False, "Passwords are shown in it, to whoever may ask at all.")
    tls: Tls = table(Tls, "TLS of this interface.")

    @property
    def is_local(self) -> bool:
        """Whether only programs on this machine can reach it."""
        return _LOOPBACK.fullmatch(self.endpoint) is not None

    def problems(self) -> Iterator[tuple[str, str]]:
        """What does not go together: keys and reasons."""
        asks_nobody = self.endpoint and self.authentication == "none"
        if asks_nobody and not self.is_local and not self.open_to_other_machines:
            yield (
                "nbi.authentication",
                'none is for what only this machine reaches, such as "tcp:7557:interface=127.0.0.1";'
                " for others nbi.open_to_other_machines has to say so",
            )
