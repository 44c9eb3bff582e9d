"""Which CWMP version a session speaks (TR-069 3.7.2.4, Table 11)."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from acs.cwmp.envelope import Envelope
from acs.cwmp.namespaces import CWMP_1_0, CWMP_1_1, CWMP_1_2, CWMP_URN

SUPPORTED: tuple[str, ...] = ("1.0", "1.1", "1.2", "1.3", "1.4")
"""What this program speaks, oldest first."""

NAMESPACES: dict[str, str] = {
    "1.0": CWMP_1_0,
    "1.1": CWMP_1_1,
    "1.2": CWMP_1_2,
    "1.3": CWMP_1_2,
    "1.4": CWMP_1_2,
}
"""The namespace of each version."""


class Version(Struct, frozen=True):
    """The version of a session: ``name`` such as "1.2", the namespace to answer in, how it was worked out.

    ``use`` is what goes into UseCWMPVersion, "" where that header must not be sent (to CPEs before 1.4).
    """

    name: str
    namespace: str
    source: str
    use: str = ""

    @property
    def number(self) -> tuple[int, int]:
        """The version as numbers, to compare with `RPC.since`."""
        major, _, minor = self.name.partition(".")
        return int(major), int(minor)


class NoCommonVersion(Exception):
    """The CPE speaks none of our versions; the answer to its Inform is fault 8006."""


def negotiate(inform: Envelope) -> Version:
    """The version to speak with the sender of this Inform; raises `NoCommonVersion`.

    A CPE that lists its versions (1.4 and later) gets the highest that both know; an older one keeps its own
    and is never told another.  A namespace that no schema defines, such as ``cwmp-1-4``, is taken for the
    version that it names, and echoed.
    """
    offered = inform.header.supported_versions
    if offered:
        common = [version for version in SUPPORTED if version in offered]
        if not common:
            raise NoCommonVersion(f"the CPE offers {', '.join(offered)[:100]}")
        best = common[-1]
        return Version(best, _answer_namespace(inform.namespace, best), "SupportedCWMPVersions", use=best)
    return _from_namespace(inform.namespace, inform.header.session_timeout is not None)


@lru_cache(maxsize=64)
def _from_namespace(namespace: str, has_timeout: bool) -> Version:
    match = CWMP_URN.match(namespace)
    if match is None:
        return Version("1.0", CWMP_1_0, "assumed")
    name = f"{int(match[1])}.{int(match[2])}"
    if name == "1.2" and has_timeout:
        return Version("1.3", namespace, f"{namespace} with SessionTimeout")
    return Version(name if name in SUPPORTED else "1.4", namespace, namespace)


def _answer_namespace(own: str, version: str) -> str:
    """The version's own namespace, unless the Inform came in one that no schema defines: that is echoed."""
    return own if CWMP_URN.match(own) and own not in NAMESPACES.values() else NAMESPACES[version]
