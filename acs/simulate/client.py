"""A CPE's side of HTTP: the requests of one session, with its cookies, its credentials, its redirects."""

from __future__ import annotations

from urllib.parse import urljoin

from twisted.internet.error import ConnectionClosed

from acs.hypertext.connection import Connection
from acs.hypertext.responses import Response, ResponseReader
from acs.simulate.credentials import Credentials
from acs.simulate.network import Network
from acs.simulate.places import Place, place_of

MAX_REDIRECTS = 5
MAX_CHALLENGES = 2
_REDIRECTS = (301, 302, 303, 307, 308)
_AGENT = "acs-simulate"
_XML = {"Content-Type": 'text/xml; charset="utf-8"', "SOAPAction": ""}

Headers = dict[str, str]


class TooManyRedirects(Exception):
    """A server sent us on, and on."""


class HttpSession:
    """The requests that belong together: a CWMP session, or the transfer of one file.

    It keeps one connection open as long as the server does, and opens another where that has closed it;
    cookies are kept until the session is over.
    """

    def __init__(self, network: Network, url: str, credentials: Credentials) -> None:
        self._network = network
        self._credentials = credentials
        self._url = url
        self._cookies: dict[str, dict[str, str]] = {}  # by host
        self._connection: Connection | None = None
        self._connected_to: tuple[str, str, int] | None = None
        self.connection_per_request = False
        self.slowness = 0.0

    async def exchange(self, body: bytes) -> tuple[int, bytes]:
        """Post one body of the CWMP session; the status and the body of the answer."""
        response = await self.request("POST", body, _XML if body else {})
        return response.status, response.body

    async def request(
        self, method: str, body: bytes = b"", headers: Headers | None = None, keep: int | None = None
    ) -> Response:
        """Ask the server, follow where it sends us, and say who we are if it asks.

        Raises `BadURL`, `BadResponse`, `AnswerTimeout`, `TooManyRedirects` and what ends connections.
        """
        redirects = challenged = 0
        while True:
            response = await self._once(method, body, headers or {}, keep)
            if response.status == 401 and challenged < MAX_CHALLENGES and self._challenged(response):
                challenged += 1
            elif response.status in _REDIRECTS and (location := response.first(b"location")):
                if redirects == MAX_REDIRECTS:
                    raise TooManyRedirects
                redirects += 1
                # For the rest of the session, and no longer (TR-069 3.2.2).
                self._url = urljoin(self._url, location.decode("latin-1"))
            else:
                return response

    def _challenged(self, response: Response) -> bool:
        return self._credentials.challenged(response.all(b"www-authenticate"))

    async def _once(self, method: str, body: bytes, headers: Headers, keep: int | None) -> Response:
        place = place_of(self._url)
        data = self._request(method, place, body, headers)
        kept = self._usable(place)
        connection = kept or await self._connect(place)
        try:
            response = await self._send(connection, data, keep)
        except ConnectionClosed:
            if kept is None or not connection.untouched:
                raise
            # The server closed it while we were not looking, and has not seen the request.
            response = await self._send(await self._connect(place), data, keep)
        self._keep_cookies(place, response)
        return response

    async def _send(self, connection: Connection, data: bytes, keep: int | None) -> Response:
        return await connection.request(data, ResponseReader(keep), slowness=self.slowness)

    def _usable(self, place: Place) -> Connection | None:
        """The open connection, if it may carry this request."""
        connection = self._connection
        if connection is None or not connection.usable:
            return None
        if self.connection_per_request or self._connected_to != place.server:
            connection.close()
            return None
        return connection

    async def _connect(self, place: Place) -> Connection:
        self._connection = await self._network.connect(place)
        self._connected_to = place.server
        return self._connection

    def _request(self, method: str, place: Place, body: bytes, headers: Headers) -> bytes:
        fields = {"Host": place.authority, "User-Agent": _AGENT, **headers}
        if self.connection_per_request:
            fields["Connection"] = "close"
        if cookies := self._cookies.get(place.host):
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        if authorization := self._credentials.authorization(method, place.target):
            fields["Authorization"] = authorization
        if body or method != "GET":
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} {place.target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body

    def _keep_cookies(self, place: Place, response: Response) -> None:
        for header in response.all(b"set-cookie"):
            name, equals, value = header.decode("latin-1").partition(";")[0].partition("=")
            if equals:
                self._cookies.setdefault(place.host, {})[name.strip()] = value.strip()

    def close(self) -> None:
        """The session is over."""
        if self._connection is not None:
            self._connection.close()

    # What misbehaviour does (`acs.simulate.misbehaviour.Wire`)

    def drop(self) -> None:
        """Cut the connection."""
        if self._connection is not None:
            self._connection.drop()

    def forget_cookies(self) -> None:
        """Lose the cookies of this session."""
        self._cookies.clear()
