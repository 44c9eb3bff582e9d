"""The files of simulated CPEs, fetched or sent by HTTP.

What is fetched is thrown away but for its beginning; what is sent is made up.
"""

from __future__ import annotations

import random

from OpenSSL.SSL import Error as TLSError
from twisted.internet.error import ConnectError, ConnectionClosed, DNSLookupError

from acs.hypertext.connection import AnswerTimeout
from acs.hypertext.responses import BadResponse, Response
from acs.simulate.client import HttpSession, TooManyRedirects
from acs.simulate.credentials import Credentials
from acs.simulate.network import Network
from acs.simulate.places import BadURL
from acs.simulate.transfers import NOT_AUTHENTICATED, Fetched, TransferFailed

KEPT = 4096
"""Bytes of a file that are kept: enough to look at its first line."""

CANNOT_CONTACT_SERVER = 9015
CANNOT_ACCESS_FILE = 9016
CANNOT_COMPLETE = 9017
_NOT_ALLOWED = (401, 407)


class HttpFiles:
    """Fetches and sends files over HTTP and HTTPS, with Basic or Digest where the server asks for it."""

    def __init__(self, network: Network, chance: random.Random) -> None:
        self._network = network
        self._chance = chance

    async def fetch(self, url: str, username: str, password: str) -> Fetched:
        """Get a file; raises `TransferFailed`."""
        response = await self._ask("GET", url, username, password, b"")
        return Fetched(response.body, response.length)

    async def send(self, url: str, username: str, password: str, content: bytes) -> None:
        """Put a file; raises `TransferFailed`."""
        await self._ask("PUT", url, username, password, content)

    async def _ask(self, method: str, url: str, username: str, password: str, content: bytes) -> Response:
        session = HttpSession(self._network, url, Credentials(username, password, self._chance))
        try:
            response = await session.request(method, content, keep=KEPT)
        except (ConnectError, DNSLookupError, TLSError) as error:
            raise TransferFailed(CANNOT_CONTACT_SERVER, f"cannot contact the server: {error}") from error
        except (ConnectionClosed, AnswerTimeout, BadResponse) as error:
            raise TransferFailed(CANNOT_COMPLETE, f"broken off: {type(error).__name__}") from error
        except (BadURL, TooManyRedirects) as error:
            raise TransferFailed(CANNOT_ACCESS_FILE, f"{type(error).__name__} {error}") from error
        finally:
            session.close()
        return _good(response)


def _good(response: Response) -> Response:
    if response.status in _NOT_ALLOWED:
        raise TransferFailed(NOT_AUTHENTICATED, f"HTTP {response.status}")
    if not 200 <= response.status < 300:
        raise TransferFailed(CANNOT_ACCESS_FILE, f"HTTP {response.status}")
    return response
