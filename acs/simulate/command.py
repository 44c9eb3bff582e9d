"""``acsctl simulate``: simulated CPEs against any ACS, from the command line."""

from __future__ import annotations

import json
import random
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from twisted.internet.defer import Deferred, ensureDeferred, succeed
from twisted.internet.error import CannotListenError

from acs.simulate import misbehaviour, shipped
from acs.simulate.fleet import Fleet, Plan
from acs.simulate.listening import Listener
from acs.simulate.model import Model, ModelProblem
from acs.simulate.network import Network
from acs.simulate.numbers import MOST, number, whole
from acs.simulate.places import BadURL, ip_version, is_loopback, place_of
from acs.simulate.porter import Manner
from acs.simulate.progress import progress
from acs.simulate.sources import load
from acs.simulate.trust import Trust

DEFAULT_MODELS = ("tr098-router", "tr181-router")
DEFAULT_INTERVAL = 60
"""Seconds: often enough to watch jobs being done, and within 20 Informs in 15 minutes, which our ACS
takes."""

_LOOPBACK_PORT = "127.0.0.1", 0
_ANYWHERE = ("0.0.0.0", "::")  # nothing that could stand in a URL
_GRACE = 2.0  # seconds that open sessions get after Ctrl-C


def add_arguments(parser: ArgumentParser) -> None:
    """Declare what ``simulate`` takes."""
    parser.description = (
        "Run simulated CPEs against an ACS. They bootstrap, then call at their interval and do what the ACS "
        "asks, until Ctrl-C, --duration or --sessions; a summary ends the run. The same options make the "
        "same devices again, fresh from the factory."
    )
    _fleet_arguments(parser)
    _listening_arguments(parser)
    _run_arguments(parser)
    _output_arguments(parser)


def _fleet_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--url", required=True, type=_url, help="where the ACS takes CWMP")
    parser.add_argument("--count", type=whole, default=1, metavar="N", help="how many devices (default 1)")
    parser.add_argument(
        "--model",
        dest="models",
        action="append",
        type=_model,
        metavar="FILE|NAME",
        help=f"what they are: {', '.join(shipped.names())}; or a file with a device's parameters as the API "
        f"gives them, or a Broadband Forum data model; repeatable (default: {' and '.join(DEFAULT_MODELS)})",
    )
    parser.add_argument(
        "--interval",
        type=whole,
        metavar="SECONDS",
        help=f"the devices' PeriodicInformInterval to begin with (default {DEFAULT_INTERVAL}, or the file's)",
    )
    parser.add_argument("--serial-prefix", default="", metavar="P", help="serial numbers P000001, ...")
    parser.add_argument("--username", help="for the ACS, if it asks; may hold {oui}, {serial}, {password}")
    parser.add_argument("--password", help="likewise")
    parser.add_argument("--seed", type=int, default=1, help="of everything random (default 1)")
    parser.add_argument(
        "--misbehave",
        type=_misbehaviour,
        default={},
        metavar="NAME=RATE,...",
        help=f"how many misbehave, from 0 to 1: all, {', '.join(misbehaviour.MISBEHAVIOURS)}",
    )
    parser.add_argument(
        "--value-changes",
        type=_share,
        default=0.0,
        metavar="RATE",
        help="share of the sessions before which the device's address has changed",
    )


def _listening_arguments(parser: ArgumentParser) -> None:
    listening = parser.add_mutually_exclusive_group()
    listening.add_argument(
        "--listen",
        type=_listen,
        metavar="[HOST:]PORT",
        help="where the devices take ConnectionRequests, all at one port, 0 for a free one; HOST is an "
        "address (default: a free port of 127.0.0.1, if the ACS is on this machine)",
    )
    listening.add_argument("--no-listen", action="store_true", help="take none")
    parser.add_argument(
        "--answers",
        type=Manner,
        choices=list(Manner),
        default=Manner.DIGEST,
        metavar="MANNER",
        help=f"how they answer them: {', '.join(Manner)} (default digest)",
    )


def _run_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--ramp", type=_seconds, default=5.0, metavar="SECONDS", help="time in which all start (default 5)"
    )
    parser.add_argument("--duration", type=_seconds, metavar="SECONDS", help="end after so long")
    parser.add_argument("--sessions", type=whole, metavar="N", help="end after so many sessions in all")
    parser.add_argument(
        "--concurrency", type=whole, default=200, metavar="N", help="most sessions at a time (default 200)"
    )
    connections = parser.add_mutually_exclusive_group()
    connections.add_argument(
        "--keep-alive",
        dest="connection_per_request",
        action="store_false",
        default=False,
        help="a connection for each session (default)",
    )
    connections.add_argument(
        "--connection-per-request", action="store_true", help="a connection for each request"
    )
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument(
        "--ca-file",
        dest="trust",
        type=_trust,
        default=Trust(),
        metavar="FILE",
        help="the authority of an https ACS's certificate, or itself, PEM (default: those of this machine)",
    )
    trust.add_argument(
        "--insecure",
        dest="trust",
        action="store_const",
        const=Trust(verify=False),
        help="do not look at its certificate",
    )


def _output_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.add_argument("--progress", action="store_true", help="show progress though this is no terminal")


def run(args: Namespace, reactor: Any) -> Deferred[int]:
    """Run until the plan ends it, or the reactor stops; then print the summary.

    Fires with the exit status: 0 if there were sessions and none failed but by misbehaviour, else 1.
    """
    listener = Listener(reactor, args.answers, random.Random(args.seed))
    try:
        listens = listener.listen(reactor, *place) if (place := _place_of(args)) else ""
    except CannotListenError as error:
        print(f"the devices cannot listen: {error}", file=sys.stderr)
        return succeed(1)
    plan = plan_of(args, listens)
    fleet = Fleet(plan, Network(reactor, args.trust))
    listener.bells = fleet.bells() if listens else {}
    finished: Deferred[None] = Deferred()

    def interrupted() -> Deferred[None]:
        # The reactor waits for the summary.
        fleet.stop(_GRACE)
        return finished

    async def until_end() -> int:
        try:
            return await _run(fleet, plan, args, reactor)
        finally:
            await listener.stop()
            finished.callback(None)

    reactor.addSystemEventTrigger("before", "shutdown", interrupted)
    return ensureDeferred(until_end())


async def _run(fleet: Fleet, plan: Plan, args: Namespace, reactor: Any) -> int:
    statistics = fleet.statistics
    names = ", ".join(model.name for model in plan.models)
    print(f"{plan.count} simulated CPEs ({names}) call {plan.url}; Ctrl-C ends.", file=sys.stderr)
    if plan.listens:
        print(f"They take ConnectionRequests at http://{plan.listens}/ (--no-listen: none).", file=sys.stderr)
    with progress(lambda: statistics.line(reactor.seconds()), reactor, sys.stderr, args.progress):
        await fleet.start()
    now = reactor.seconds()
    print(json.dumps(statistics.as_json(now), indent=2) if args.json else statistics.as_text(now))
    return 0 if statistics.sessions and not statistics.failed else 1


def _place_of(args: Namespace) -> tuple[str, int] | None:
    """Where to listen, None for nowhere."""
    if args.no_listen or args.listen:
        return cast("tuple[str, int] | None", args.listen)
    return _LOOPBACK_PORT if is_loopback(place_of(args.url).host) else None


def plan_of(args: Namespace, listens: str = "") -> Plan:
    """The plan that the command line describes; ``listens`` is where its devices do."""
    models: list[Model] = args.models or [load(name) for name in DEFAULT_MODELS]
    return Plan(
        url=args.url,
        models=[_adapted(model, args) for model in models],
        count=args.count,
        interval=args.interval or DEFAULT_INTERVAL,
        ramp=args.ramp,
        concurrency=args.concurrency,
        sessions=args.sessions,
        duration=args.duration,
        seed=args.seed,
        serial_prefix=args.serial_prefix,
        username=args.username or "",
        password=args.password or "",
        connection_per_request=args.connection_per_request,
        value_changes=args.value_changes,
        misbehaviour=args.misbehave,
        listens=listens,
    )


def _adapted(model: Model, args: Namespace) -> Model:
    """The model with what the command line says in its place."""
    given = {
        "Username": args.username,
        "Password": args.password,
        "PeriodicInformInterval": args.interval and str(args.interval),
        "PeriodicInformEnable": args.interval and "1",
    }
    return model.with_values({model.server(name): value for name, value in given.items() if value})


# What stands on the command line


def _url(given: str) -> str:
    try:
        place_of(given)
    except BadURL as error:
        raise ArgumentTypeError(str(error)) from None
    return given


def _listen(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or _LOOPBACK_PORT[0]
    if not ip_version(host) or host in _ANYWHERE:
        raise ArgumentTypeError(f"{host} is not the address of one interface")
    if not port.isdecimal() or int(port) > 65_535:
        raise ArgumentTypeError(f"{port} is not a port")
    return host, int(port)


def _model(given: str) -> Model:
    try:
        return load(given)
    except ModelProblem as error:
        raise ArgumentTypeError(str(error)) from None


def _trust(given: str) -> Trust:
    try:
        return Trust(authorities=tuple(x509.load_pem_x509_certificates(Path(given).read_bytes())))
    except OSError as error:
        raise ArgumentTypeError(f"{given} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ArgumentTypeError(f"{given} has no certificate in it (PEM)") from None


def _misbehaviour(given: str) -> dict[str, float]:
    try:
        return misbehaviour.parse(given)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _seconds(given: str) -> float:
    return number(given, 0.0, MOST, "a number of seconds")


def _share(given: str) -> float:
    return number(given, 0.0, 1.0, "a number from 0 to 1")
