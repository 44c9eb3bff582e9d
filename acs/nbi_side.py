"""GenieACS's northbound interface, as the configuration has it."""

from __future__ import annotations

from typing import Any

from twisted.web.server import Site

from acs.config import Config
from acs.http.listening import listen
from acs.http.securing import Securing

NBI_TLS = "nbi.tls"
"""The table of its TLS."""


async def serve_nbi(config: Config, reactor: Any, console: Site, securing: Securing) -> Any:
    """Serve it beside the console, whose appliance and tokens it shares; the port, None where it is not
    wanted.  Raises `CannotListenError`."""
    nbi = config.nbi
    if not nbi.endpoint:
        return None
    from acs.web.nbi.site import make_nbi_site

    site = make_nbi_site(
        console,
        reactor,
        asks=nbi.authentication == "token",
        local=nbi.is_local,
        secrets=nbi.secrets,
    )
    return await listen(reactor, nbi.endpoint, securing.behind(NBI_TLS, site))
