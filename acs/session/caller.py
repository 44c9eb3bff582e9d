"""Who begins a session."""

from __future__ import annotations

from msgspec import Struct

from acs.cwmp.messages import Inform
from acs.cwmp.versions import Version
from acs.session.credentials import Kind


class Caller(Struct, frozen=True, gc=False):
    """A CPE whose Inform has come.

    ``key`` is what that calls the device (`DeviceId.key`), which may not be what it turns out to be;
    ``version`` the CWMP version to be spoken, ``listener`` the name of who has heard it, ``shown`` whose
    credentials came with it.
    """

    inform: Inform
    key: str
    version: Version
    client_ip: str
    listener: str
    shown: Kind = Kind.NONE
