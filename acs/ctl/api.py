"""The client of the appliance's REST API, over plain `urllib`.

It knows paths, pages and problem documents.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from http.client import HTTPException
from itertools import islice
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from acs.ctl.errors import ApiError, CommandFailed
from acs.ctl.text import printable

Item = dict[str, Any]
Query = Mapping[str, str | int | None]

TIMEOUT = 60
"""Seconds that the appliance may take to say the next thing."""
PAGE = 1000
"""How many items of a list are fetched at once, which is the most that the API gives."""


class _NoRedirects(HTTPRedirectHandler):
    """The API redirects nowhere; following what does would hand our token to somebody else."""

    def redirect_request(self, *_: Any) -> None:
        """Refuse to follow: the answer is then an error like any other."""
        return


class Api:
    """One appliance's API, as the holder of a token may use it.

    ``proxies`` is as for `urllib.request.ProxyHandler`: None takes them from the environment, ``{}`` is
    none.  Where the token is not taken any more, ``token_anew`` says which one there is now.  Every path is
    given as its segments, which are percent-encoded here.
    """

    def __init__(
        self,
        url: str,
        token: str,
        tls: ssl.SSLContext | None = None,
        proxies: dict[str, str] | None = None,
        token_anew: Callable[[], str] | None = None,
    ) -> None:
        self.url = _checked_url(url)
        self._token = _checked_token(token)
        self._token_anew = token_anew
        self._opener = build_opener(_NoRedirects(), HTTPSHandler(context=tls), ProxyHandler(proxies))

    def get(self, *path: str, query: Query | None = None) -> Any:
        """The JSON document at a path."""
        return self._json(self._ask("GET", path, query=query))

    def content(self, *path: str, query: Query | None = None) -> bytes:
        """The bytes at a path."""
        return self._ask("GET", path, query=query)

    def lines(
        self, *path: str, query: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[bytes]:
        """The lines of what is at a path, as they come."""
        with self._answer("GET", path, query=query, headers=headers) as answer:
            try:
                yield from answer
            except (OSError, HTTPException) as error:
                raise self._unreached(error) from error

    def post(self, *path: str, body: object) -> Any:
        """What the appliance answers to a JSON document; None where that is nothing."""
        return self._json(self._ask("POST", path, body=body))

    def send(self, *path: str, content: bytes, kind: str) -> Any:
        """What the appliance answers to a file of that media type."""
        return self._json(self._ask("POST", path, body=content, kind=kind))

    def put(self, *path: str, body: object, query: Query | None = None) -> Any:
        """The same for a document that is to be there."""
        return self._json(self._ask("PUT", path, query=query, body=body))

    def upload(
        self, *path: str, content: Iterator[bytes], size: int, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The same for a file of that size, piece by piece; None where it was replaced."""
        sized = {**(headers or {}), "Content-Length": str(size)}
        return self._json(
            self._ask("PUT", path, body=content, kind="application/octet-stream", headers=sized)
        )

    def patch(self, *path: str, body: object) -> Any:
        """The same for a document of which some members are to be others."""
        return self._json(self._ask("PATCH", path, body=body))

    def delete(self, *path: str) -> Any:
        """What the appliance answers to a deletion; None where that is nothing."""
        return self._json(self._ask("DELETE", path))

    def items(self, *path: str, query: Query | None = None, limit: int | None = None) -> Iterator[Item]:
        """All items of a list, page by page as they are asked for; at most ``limit``."""
        size = PAGE if limit is None else min(PAGE, limit)
        return islice(self._pages(path, {**(query or {}), "limit": size}), limit)

    def _pages(self, path: tuple[str, ...], query: Query) -> Iterator[Item]:
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(*path, query={**query, "cursor": cursor})
            if not isinstance(page, dict) or not isinstance(page.get("items"), list):
                raise self._foreign("no list")
            yield from page["items"]
            cursor = page.get("next") or None

    def _ask(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Query | None = None,
        body: object = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        try:
            with self._answer(method, path, query=query, body=body, kind=kind, headers=headers) as answer:
                content: bytes = answer.read()
                return content
        except (OSError, HTTPException) as error:
            raise self._unreached(error) from error

    def _answer(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: Query | None = None,
        body: object = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The answer, of which the head has come."""
        request = Request(self._address(path, query or {}), method=method)
        request.add_header("Accept", "application/json, */*;q=0.5")
        if body is not None:
            request.add_header("Content-Type", kind)
            raw = isinstance(body, bytes | Iterator)
            request.data = body if raw else json.dumps(body).encode("ascii")  # type: ignore[assignment]
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            return self._open(request)
        except ApiError as refused:
            # What was read piece by piece is not there for a second time.
            if refused.code != 401 or isinstance(body, Iterator) or not self._took_another_token():
                raise
            return self._open(request)

    def _open(self, request: Request) -> Any:
        request.add_header("Authorization", f"Bearer {self._token}")
        try:
            return self._opener.open(request, timeout=TIMEOUT)
        except HTTPError as refused:
            raise _refusal(refused) from refused
        except (OSError, HTTPException) as error:
            raise self._unreached(error) from error

    def _took_another_token(self) -> bool:
        before = self._token
        if self._token_anew is not None:
            self._token = _checked_token(self._token_anew())
        return self._token != before

    def _unreached(self, error: Exception) -> CommandFailed:
        return CommandFailed(f"cannot reach the appliance at {self.url}: {_cause(error)}")

    def _address(self, path: tuple[str, ...], query: Query) -> str:
        given = {name: value for name, value in query.items() if value not in (None, "")}
        segments = "/".join(quote(segment, safe="") for segment in ("api", "v1", *path))
        return f"{self.url}/{segments}" + (f"?{urlencode(given)}" if given else "")

    def _json(self, content: bytes) -> Any:
        if not content:
            return None
        try:
            return json.loads(content)
        except ValueError as error:
            raise self._foreign("no JSON") from error

    def _foreign(self, what: str) -> CommandFailed:
        return CommandFailed(f"{self.url} answers with {what}: is this the appliance's console address?")


def _checked_url(url: str) -> str:
    """The URL without a slash at its end; raises `CommandFailed` where it is none."""
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isascii()
    except ValueError:
        right = False
    if not right or not url.isprintable() or " " in url:
        raise CommandFailed(f"{url!r} is not a URL such as http://127.0.0.1:8069", status=2)
    return url.rstrip("/")


def _checked_token(token: str) -> str:
    """The token; raises `CommandFailed`, which does not show it, where it cannot stand in a header."""
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CommandFailed("the token is empty, or has characters that no token has", status=2)
    return token


def _cause(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, ConnectionRefusedError):
        return "connection refused; is it running?"
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT} s"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__


def _refusal(refused: HTTPError) -> ApiError:
    """What the appliance said (RFC 9457), on one line."""
    with refused:
        said = _problem(refused.headers, _read(refused))
    return ApiError(said or f"the appliance answers {refused.code} {refused.reason}", code=refused.code)


def _read(refused: HTTPError) -> bytes:
    try:
        return refused.read()
    except (OSError, HTTPException):
        return b""  # the status alone has to do


def _problem(headers: Message, content: bytes) -> str:
    if headers.get_content_type() != "application/problem+json":
        return ""
    try:
        problem = json.loads(content)
    except ValueError:
        return ""
    return printable(_told(problem)) if isinstance(problem, dict) else ""


def _told(problem: Item) -> str:
    """Title and detail, then each member of the request that is wrong, and why."""
    told = ": ".join(str(problem[part]) for part in ("title", "detail") if problem.get(part))
    errors = problem.get("errors")
    wrong = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    reasons = (": ".join(str(each[part]) for part in ("field", "reason") if each.get(part)) for each in wrong)
    return "; ".join(filter(None, (told, *reasons)))
