"""The baseline: a bare twisted.web site that answers the two POSTs of a periodic session with constants."""

from __future__ import annotations

import sys

from twisted.internet import reactor
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


if __name__ == "__main__":
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    port = reactor.listenTCP(wanted, Site(Constant()), interface="127.0.0.1")  # type: ignore[attr-defined]
    print(port.getHost().port, flush=True)
    if len(sys.argv) > 1 and float(sys.argv[1]):
        reactor.callLater(float(sys.argv[1]), reactor.stop)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
