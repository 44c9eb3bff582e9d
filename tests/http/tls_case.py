"""A listener behind TLS on a real port, with certificates made for the test."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor as installed_reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from acs.http.listening import listen
from acs.http.messages import Request, Response
from acs.http.protocol import HttpFactory
from acs.http.securing import Securing
from acs.http.tls_files import Loaded, TlsFiles
from tests.http.peer import Application
from tests.support.certificates import Authority, Issued

reactor: Any = installed_reactor
PLACE = "cwmp[0].tls"
ENDPOINT = "tcp:0:interface=127.0.0.1"

Pair = tuple[Path, Path]


class TlsCase(TestCase):
    """``twisted``: over Twisted's transports, and not our own."""

    timeout = 60
    twisted = False

    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.authority = Authority()
        self.app = Application(self.answer)
        self.factory = HttpFactory(self.app.respond, self.app.refused, self.app.closed, clock=reactor)
        self.used: list[Loaded] = []
        self.securing = Securing(reactor, self.used.append)  # of the latest listener

    def answer(self, request: Request) -> Response:
        """The names of the client's certificate."""
        return Response(200, body=",".join(self.app.connections[-1].certificate_names).encode())

    def pair(self, name: str, *names: str, kind: str = "ecdsa", chain: tuple[Issued, ...] = ()) -> Pair:
        """Files of a certificate and its key, which are called by its name."""
        return self.authority.issue(name, *names, kind=kind).write(self.folder, name, *chain)

    def authorities(self, *authorities: Authority) -> Path:
        """A file with these, and no others."""
        path = self.folder / "authorities.pem"
        path.write_bytes(b"".join(each.own.pem for each in authorities))
        return path

    def files(self, *pairs: Pair, profile: str = "modern", **more: Any) -> TlsFiles:
        """What a configuration would name."""
        return TlsFiles(PLACE, "main", profile, pairs, **more)

    async def listen(self, *pairs: Pair, proxied: bool = False, **how: Any) -> int:
        """Listen with these certificates; the port."""
        self.securing = Securing(reactor, self.used.append)
        self.securing.use(self.securing.load([self.files(*pairs, **how)]))
        factory = self.securing.behind(PLACE, self.factory)
        if self.twisted and not proxied:
            port = await serverFromString(reactor, ENDPOINT).listen(factory)  # type: ignore[no-untyped-call]
        else:
            port = await listen(reactor, ENDPOINT, factory, proxied)
        self.addCleanup(self._end, port)
        return int(port.getHost().port)

    def by_clock(self) -> Any:
        """Devices' connections behind TLS, by a clock that the test moves: `clock`.  `app_factory` makes what
        is behind it."""
        self.clock = Clock()
        self.clock.advance(time.time())
        securing = Securing(self.clock, self.used.append)
        securing.use(securing.load([self.files(self.pair("acs.example"))]))
        self.app_factory = self.app.factory(self.clock)
        return securing.behind(PLACE, self.app_factory)

    def lines(self, logged: Any) -> list[str]:
        """What the log says of failures."""
        return [
            f"{each['client']} on {each['listener']}: {each['reason']}" for each in logged if "client" in each
        ]

    def _end(self, port: Any) -> Deferred[None]:
        async def end() -> None:
            await port.stopListening()
            until = time.monotonic() + 5
            while self.factory.connections and time.monotonic() < until:
                await deferLater(reactor, 0.01)

        return ensureDeferred(end())
