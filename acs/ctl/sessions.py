"""The ``session`` commands: what was said in a session, to read or to take away."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from acs.ctl.api import Api
from acs.ctl.tables import Column, Item, members, timed, write_fields, write_json, write_list
from acs.ctl.text import moment, plain, pretty_xml, shown

ARROWS = {"in": "CPE → ACS", "out": "CPE ← ACS"}
_TIMES = ("started", "ended")
_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("STARTED", lambda session: moment(session.get("started")), whole=True),
    Column("DEVICE", "device", whole=True),
    Column("RESULT", "result"),
    Column("EVENTS", "events"),
    Column("FAILURE", "failure"),
    Column("SECONDS", lambda session: seconds(session.get("duration"))),
    Column("LAST RPC", "last_rpc"),
)


def list_sessions(api: Api, arguments: Namespace) -> int:
    """``session list``"""
    sessions = api.items("sessions", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, sessions, arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``session show ID``"""
    session = api.get("sessions", arguments.session)
    exchanges = _exchanges(api, arguments)
    if arguments.json:
        write_json({**session, "exchanges": list(exchanges)})
        return 0
    write_fields(members({**timed(session, _TIMES), "duration": seconds(session.get("duration"))}))
    for exchange in exchanges:
        print(f"\n{heading(exchange, session.get('started'))}")
        if exchange["body_bytes"] and not arguments.no_bodies:
            _write_body(_body(api, arguments, exchange), arguments.raw)
    return 0


def heading(exchange: Item, started: Any) -> str:
    """A message on one line: number, direction, time since the session began, RPC, sizes, and what it was."""
    parts = [
        f"#{exchange['number']}",
        ARROWS.get(exchange["direction"], shown(exchange["direction"])),
        offset(exchange.get("time"), started),
        shown(exchange.get("rpc") or "(empty)"),
        f"{exchange['header_bytes']} + {exchange['body_bytes']} bytes",
    ]
    if exchange.get("status"):
        parts.append(f"HTTP {exchange['status']}")
    if exchange.get("answers") is not None:
        parts.append(f"answers #{shown(exchange['answers'])}")
    if exchange.get("job") is not None:
        parts.append(f"job {shown(exchange['job'])}")
    if exchange.get("note"):
        parts.append(f"({shown(exchange['note'])})")
    return "  ".join(parts)


def offset(time: Any, started: Any) -> str:
    """The time since the session began, as ``+0.012 s``; the time itself where that cannot be told."""
    try:
        since = datetime.fromisoformat(time) - datetime.fromisoformat(started)
    except (TypeError, ValueError):
        return moment(time)
    return f"{since.total_seconds():+.3f} s"


def seconds(duration: Any) -> str:
    """A duration of the API, to the millisecond."""
    return f"{duration:.3f}" if isinstance(duration, (int, float)) else shown(duration)


def _exchanges(api: Api, arguments: Namespace) -> Iterator[Item]:
    return api.items("sessions", arguments.session, "exchanges", query={"secrets": arguments.secrets})


def _body(api: Api, arguments: Namespace, exchange: Item) -> bytes:
    if not exchange["body_bytes"]:
        return b""
    path = ("sessions", arguments.session, "exchanges", str(exchange["number"]))
    return api.content(*path, query={"secrets": arguments.secrets})


def _write_body(body: bytes, raw: bool) -> None:
    """Write a message for reading; with ``raw`` byte by byte, except to a terminal, which might obey it."""
    if not raw:
        print(pretty_xml(body))
    elif sys.stdout.isatty():
        print(plain(body))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(body + b"\n")
        sys.stdout.buffer.flush()


def export(api: Api, arguments: Namespace) -> int:
    """``session export ID``: a file for each message, head and body as they went over the wire."""
    session = api.get("sessions", arguments.session)
    folder = Path(arguments.output or f"session-{quote(str(session['id']), safe='')}")
    exchanges = list(_exchanges(api, arguments))
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for number, pair in enumerate(pairs(exchanges), 1):
        for exchange in pair:
            name = f"{number:03}-{'request' if exchange['direction'] == 'in' else 'response'}.txt"
            (folder / name).write_bytes(_message(exchange, _body(api, arguments, exchange)))
        lines.append("\t".join((f"{number:03}", *index_line(pair, session["started"]))))
    (folder / "index.tsv").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    print(f"{len(exchanges)} messages in {folder}")
    return 0


def pairs(exchanges: Iterable[Item]) -> Iterator[list[Item]]:
    """Messages in twos, a request and its response; one alone where the other is missing."""
    pair: list[Item] = []
    for exchange in exchanges:
        if pair and (exchange["direction"] == "in" or pair[-1]["direction"] == "out"):
            yield pair
            pair = []
        pair.append(exchange)
    if pair:
        yield pair


def index_line(pair: Iterable[Item], started: Any) -> list[str]:
    """Seconds, request line, RPC and size, status, what was answered, jobs, notes."""
    by_direction = {exchange["direction"]: exchange for exchange in pair}
    request, response = by_direction.get("in", {}), by_direction.get("out", {})
    first = request or response
    return [
        offset(first.get("time"), started).removesuffix(" s").removeprefix("+"),
        shown(_head(request).partition(b"\r\n")[0].decode("latin-1")),
        f"{shown(request.get('rpc'))} ({request.get('body_bytes', 0)}B)",
        shown(response.get("status")),
        shown(response.get("rpc")),
        *(shown([each[name] for each in (request, response) if each.get(name)]) for name in ("job", "note")),
    ]


def _message(exchange: Item, body: bytes) -> bytes:
    return _head(exchange).rstrip(b"\r\n") + b"\r\n\r\n" + body


def _head(exchange: Item) -> bytes:
    """The head of a message, which the API gives as text of one character for each byte."""
    return str(exchange.get("head", "")).encode("latin-1", errors="replace")
