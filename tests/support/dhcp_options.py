"""What DHCP tells devices of their ACS: the contents of options 43 and 125 (TR-069 3.1)."""

from __future__ import annotations

FORUM = (3561).to_bytes(4)
"""The Broadband Forum's enterprise number, with which option 125 begins."""


def options(data: bytes) -> dict[int, bytes]:
    """Options by their numbers, of option 43 or one enterprise's of option 125."""
    found = {}
    while data and data[0] != 255:
        found[data[0]] = data[2 : 2 + data[1]]
        data = data[2 + data[1] :]
    return found


def of_forum(data: bytes) -> dict[int, bytes]:
    """The Broadband Forum's options, which are all that is in this option 125."""
    assert (FORUM, len(data) - 5) == (data[:4], data[4]), data
    return options(data[5:])


def acs_url(told: dict[int, bytes]) -> str:
    """The ACS URL that both options tell alike."""
    plain, enterprise = options(told[43])[1], of_forum(told[125])[11]
    assert plain == enterprise, told
    return plain.decode()
