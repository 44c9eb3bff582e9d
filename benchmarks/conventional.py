"""A small ACS as a competent person writes one: twisted.web, lxml, a row per parameter.

It is the baseline of full sessions, and does what ours does in them, no more: it reads the Inform, asks for
all names, values, attributes, and keeps, before its last answer, in one transaction of a thread: the device's
row, the session's, the text of each message, and a row for each parameter.

It is no strawman. lxml's parser is made once and resolves nothing; columns are read by ``zip`` over ``iter``,
the fastest walk that lxml has; answers are templates; statements are few, by ``executemany``; a row that is
as it was is not written (the ``WHERE`` of the upsert).  SQLite is in WAL mode with synchronous commits, as
ours is.  What it has not: authentication, jobs, limits, what came from whom, a journal of changes,
compression.

``python -m benchmarks.conventional DATABASE`` tells its port.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from lxml import etree
from twisted.enterprise.adbapi import ConnectionPool
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from benchmarks.bare_site import ANSWER, serve

ROOT = "InternetGatewayDevice."
SCHEMA = """
CREATE TABLE devices (id TEXT PRIMARY KEY, manufacturer TEXT, oui TEXT, product_class TEXT, serial TEXT,
    last_inform REAL, client_ip TEXT);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, device TEXT, started REAL, ended REAL, events TEXT);
CREATE INDEX sessions_device ON sessions (device, started);
CREATE TABLE messages (session INTEGER, number INTEGER, time REAL, direction TEXT, body TEXT,
    PRIMARY KEY (session, number)) WITHOUT ROWID;
CREATE TABLE parameters (device TEXT, name TEXT, value TEXT, type TEXT, writable TEXT, notification TEXT,
    access_list TEXT, updated REAL, PRIMARY KEY (device, name)) WITHOUT ROWID;
"""
_KEEP_DEVICE = """
INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET last_inform = excluded.last_inform, client_ip = excluded.client_ip
"""
_KEEP_PARAMETER = """
INSERT INTO parameters VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (device, name) DO UPDATE SET value = excluded.value, type = excluded.type,
    writable = excluded.writable, notification = excluded.notification,
    access_list = excluded.access_list, updated = excluded.updated
WHERE (value, type, writable, notification, access_list) IS NOT
    (excluded.value, excluded.type, excluded.writable, excluded.notification, excluded.access_list)
"""
_CWMP = "urn:dslforum-org:cwmp-1-0"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:soapenc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    f' xmlns:cwmp="{_CWMP}"><soap:Header><cwmp:ID soap:mustUnderstand="1">{{0}}</cwmp:ID></soap:Header>'
    "<soap:Body>{1}</soap:Body></soap:Envelope>"
)
_ONE_PATH = '<ParameterNames soapenc:arrayType="xsd:string[1]"><string>' + ROOT + "</string></ParameterNames>"
QUESTIONS = (
    f"<cwmp:GetParameterNames><ParameterPath>{ROOT}</ParameterPath><NextLevel>0</NextLevel>"
    "</cwmp:GetParameterNames>",
    f"<cwmp:GetParameterValues>{_ONE_PATH}</cwmp:GetParameterValues>",
    f"<cwmp:GetParameterAttributes>{_ONE_PATH}</cwmp:GetParameterAttributes>",
)
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

log = Logger()


@dataclass(slots=True)
class Visit:
    """What a session has come to."""

    device: tuple[str, ...]
    events: str
    client_ip: str
    began: float
    said: list[tuple[float, str, str]] = field(default_factory=list)
    asked: int = 0
    writable: dict[str, str] = field(default_factory=dict)
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    attributes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def rows(self, now: float) -> Iterator[tuple[object, ...]]:
        """Those of the parameters."""
        for name, (value, type_) in self.values.items():
            more = self.attributes.get(name, ("", ""))
            yield self.device[0], name, value, type_, self.writable.get(name, ""), *more, now


class Acs(Resource):
    """Sessions by cookie."""

    isLeaf = True

    def __init__(self, pool: Any) -> None:
        super().__init__()
        self._pool = pool
        self._visits: dict[bytes, Visit] = {}

    def render_POST(self, request: Request) -> bytes | int:
        """What twisted.web calls."""
        assert request.content is not None
        body, cookie = request.content.read(), request.getCookie(b"acs_session_id") or b""
        visit = self._visits.get(cookie)
        if visit is None:
            return self._begin(request, body)
        if body:
            visit.said.append((time.time(), "in", body.decode()))
            learn(visit, etree.fromstring(body, _PARSER))
        if visit.asked < len(QUESTIONS):
            visit.asked += 1
            text = _ENVELOPE.format(visit.asked, QUESTIONS[visit.asked - 1])
            return self._answer(request, visit, text.encode())
        del self._visits[cookie]
        kept = self._pool.runInteraction(keep, visit, time.time())
        kept.addCallbacks(lambda _: _end(request, 204), lambda failure: _failed(request, failure))
        return NOT_DONE_YET

    def _begin(self, request: Request, body: bytes) -> bytes:
        root = etree.fromstring(body, _PARSER)
        found = root.find(".//DeviceId")
        if found is None:
            request.setResponseCode(400)
            return b""
        manufacturer, oui, product_class, serial = (child.text or "" for child in found)
        device = (f"{oui}-{product_class}-{serial}", manufacturer, oui, product_class, serial)
        events = ",".join(element.text or "" for element in root.iter("EventCode"))
        client = request.getClientAddress().host  # type: ignore[attr-defined]
        visit = Visit(device, events, client, time.time())
        visit.said.append((visit.began, "in", body.decode()))
        cookie = token_hex(16).encode()
        self._visits[cookie] = visit
        request.addCookie(b"acs_session_id", cookie, path=b"/")
        return self._answer(request, visit, ANSWER)

    def _answer(self, request: Request, visit: Visit, body: bytes) -> bytes:
        visit.said.append((time.time(), "out", body.decode()))
        request.setHeader(b"content-type", b'text/xml; charset="utf-8"')
        return body


def learn(visit: Visit, root: Any) -> None:
    """What an answer tells about parameters."""
    names = [element.text for element in root.iter("Name")]
    if visit.asked == 1:
        flags = (element.text for element in root.iter("Writable"))
        visit.writable = dict(zip(names, flags, strict=True))
    elif visit.asked == 2:
        told = ((element.text or "", element.get(_XSI_TYPE, "")) for element in root.iter("Value"))
        visit.values = dict(zip(names, told, strict=True))
    else:
        numbers = (element.text for element in root.iter("Notification"))
        lists = (",".join(each.text or "" for each in one) for one in root.iter("AccessList"))
        visit.attributes = dict(zip(names, zip(numbers, lists, strict=True), strict=True))


def keep(database: Any, visit: Visit, now: float) -> None:
    """Write all of it, in the transaction of a thread."""
    execute = database.execute
    execute(_KEEP_DEVICE, (*visit.device, now, visit.client_ip))
    execute(
        "INSERT INTO sessions (device, started, ended, events) VALUES (?, ?, ?, ?)",
        (visit.device[0], visit.began, now, visit.events),
    )
    session = database.lastrowid
    messages = [(session, number, *said) for number, said in enumerate(visit.said)]
    database.executemany("INSERT INTO messages VALUES (?, ?, ?, ?, ?)", messages)
    database.executemany(_KEEP_PARAMETER, visit.rows(now))


def _end(request: Request, status: int) -> None:
    request.setResponseCode(status)
    request.finish()


def _failed(request: Request, failure: Any) -> None:
    log.failure("not kept", failure)
    _end(request, 500)


def prepare(database: sqlite3.Connection) -> None:
    """As careful with the disk as ours, on every connection."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")


def main(path: str) -> None:
    """Run until SIGTERM."""
    assert not Path(path).exists()
    with sqlite3.connect(path) as database:
        prepare(database)
        database.executescript(SCHEMA)
    pool = ConnectionPool(
        "sqlite3", path, check_same_thread=False, cp_min=1, cp_max=1, cp_openfun=prepare, cp_noisy=False
    )
    from twisted.internet import reactor

    core: Any = reactor
    core.callWhenRunning(pool.start)
    serve(Site(Acs(pool)))


if __name__ == "__main__":
    main(sys.argv[1])
