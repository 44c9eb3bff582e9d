"""The baseline: a bare twisted.web site that answers the two POSTs of a periodic session with constants."""

from __future__ import annotations

import sys
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from acs.cwmp.envelope import Envelope, Header, write_envelope
from acs.cwmp.messages import InformResponse

ANSWER = write_envelope(Envelope(InformResponse(), header=Header("1")))


class Constant(Resource):
    """Answers a body with an InformResponse, an empty one with 204."""

    isLeaf = True

    def render_POST(self, request: Request) -> bytes:
        """What twisted.web calls."""
        assert request.content is not None
        if not request.content.read(1):
            request.setResponseCode(204)
            return b""
        request.setHeader(b"content-type", b'text/xml; charset="utf-8"')
        request.setHeader(b"set-cookie", b"acs_session_id=0123456789abcdef0123456789abcdef; Path=/")
        return ANSWER


def serve(site: Site, *, seconds: float = 0.0, port: int = 0) -> None:
    """Run a site until SIGTERM, or for so many seconds, telling on which port."""
    from twisted.internet import reactor

    core: Any = reactor
    print(core.listenTCP(port, site, backlog=1000, interface="127.0.0.1").getHost().port, flush=True)
    if seconds:
        core.callLater(seconds, core.stop)
    core.run()


if __name__ == "__main__":
    arguments = [float(each) for each in sys.argv[1:]] + [0.0, 0.0]
    serve(Site(Constant()), seconds=arguments[0], port=int(arguments[1]))
