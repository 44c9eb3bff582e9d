"""The configuration file's keys, and the one way to load it.

Each dataclass is a table of the file, each field a key: its kind, its default and its line in the manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn
from twisted.internet.endpoints import clientFromString, serverFromString

from acs import settings, toml
from acs.cwmp import paths
from acs.settings import (
    DIRECTORY,
    FLAG,
    PATH,
    TEXT,
    Described,
    Scalar,
    Secret,
    array,
    checked,
    choice,
    integer,
    named_tables,
    secret,
    setting,
    table,
    tables,
)
from acs.toml import ConfigError, Problem, Reader

__all__ = ["Config", "ConfigError", "Described", "Problem", "Secret", "describe", "load"]

Network = IPv4Network | IPv6Network


def _endpoint(parse: Callable[[object, str], object], given: str) -> None:
    """Refuse what is no Twisted endpoint string; nothing is bound."""
    try:
        parse(object(), given)
    except LookupError:
        pass  # systemd: the string is right, and the socket it names is there only when systemd starts us
    except OSError as error:
        raise ValueError(f"{given!r} names a file that cannot be read: {error.strerror}") from error
    except RuntimeError as error:  # how Twisted fails of a backslash at the end
        raise ValueError(f"{given!r} is not a Twisted endpoint string: it ends in a backslash") from error
    except (AttributeError, TypeError, ValueError) as error:
        detail = str(error).rpartition("() ")[2]
        raise ValueError(f"{given!r} is not a Twisted endpoint string: {detail}") from error
    _check_port(re.match(r"tcp6?:(?:port=)?(-?\d+)", given))


def _udp(given: str) -> None:
    """Refuse what is not ``udp:PORT[:interface=ADDRESS]``, the endpoint string that Twisted lacks."""
    found = re.fullmatch(r"udp:(?:port=)?(\d+)(?::interface=(?:[^:\\]|\\.)+)?", given)
    if not found:
        raise ValueError(f"{given!r} is not udp:PORT or udp:PORT:interface=ADDRESS")
    _check_port(found)


def _check_port(found: re.Match[str] | None) -> None:
    if found and not 0 <= int(found[1]) <= 65535:
        raise ValueError(f"{found[1]} is no port: they go from 0 to 65535")


def _matching(pattern: str, wanted: str) -> Callable[[str], None]:
    """A check by pattern; its reason does not show the value, which may hold a password."""

    def check(given: str) -> None:
        if not re.fullmatch(pattern, given):
            raise ValueError(f"must be {wanted}")

    return check


def _parameter(given: str) -> str:
    """A parameter path, relative to the root where it begins with a dot; refuse anything else."""
    wrong = paths.problem(paths.absolute(given, "Device."))
    if wrong:
        raise ValueError(f"{given!r}: {wrong}")
    return given


def _or_empty(check: Callable[[str], None]) -> Callable[[str], None]:
    return lambda given: check(given) if given else None


def _store_url(given: str) -> None:
    _sqlite_or_url(given)
    try:
        if given != "sqlite":
            parse_dsn(given)
    except ProgrammingError:
        raise ValueError("is no URL of PostgreSQL's, as libpq reads it") from None


_URL = r"://[^/?#\s]+([/?#]\S*)?"


_server = partial(_endpoint, serverFromString)
_python_name = _matching(r"\w+(\.\w+)*:\w+", "package.module:Class")
_http_url = _matching("https?" + _URL, "a URL that begins with http:// or https://")
_tftp_url = _matching("tftp" + _URL, "a URL that begins with tftp://")
_sqlite_or_url = _matching(r"sqlite|postgresql://\S*", "sqlite, or a URL that begins with postgresql://")
_source_url = _matching(
    r"(https?|postgresql)://\S*", "a URL that begins with http://, https:// or postgresql://"
)

SERVER = checked("endpoint", _server)
SERVER_OR_NONE = checked("endpoint", _or_empty(_server))
CLIENT = checked("client endpoint", partial(_endpoint, clientFromString))
CLIENT_OR_NONE = checked("client endpoint", _or_empty(partial(_endpoint, clientFromString)))
UDP_OR_NONE = checked("udp endpoint", _or_empty(_udp))
HTTP_URL = checked("http URL", _or_empty(_http_url))
TFTP_URL = checked("tftp URL", _or_empty(_tftp_url))
STORE_URL = secret(checked("sqlite | postgresql URL", _store_url))
SOURCE_URL = secret(checked("http or postgresql URL", _or_empty(_source_url)))
PYTHON_NAME = checked("package.module:Class", _or_empty(_python_name))
URL_PATH = checked("URL path", _matching(r"/[^?#\s]*", "the path of a URL, which begins with /"))
LABEL = checked("string", _matching(r"[^\x00-\x1f\x7f]+", "a name of one line"))
AUTHENTICATION = choice("none", "basic", "digest", "certificate")
POLICY = choice("always", "never", "cidr", "sql", "http", "python", "certificate")
LEVEL = choice("debug", "info", "warn", "error", "critical")
DAYS = integer(1, 36_500)
PARAMETERS: Scalar[tuple[str, ...]] = array("parameter paths", _parameter)
NETWORKS: Scalar[tuple[Network, ...]] = array("networks", ip_network)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The ``[store]`` table."""

    url: Secret = setting(STORE_URL, Secret("sqlite"), "sqlite (a file in state_dir) or PostgreSQL.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The ``[node]`` table: this process among those that share a PostgreSQL database."""

    name: str = setting(TEXT, "", "What people call it; default the machine's name.")
    endpoint: str = setting(
        SERVER_OR_NONE, "", "Where other nodes pass on requests that belong to it; empty: nowhere."
    )
    address: str = setting(
        CLIENT_OR_NONE, "", "That place as the others reach it, as tcp:10.0.0.2:7548; default from endpoint."
    )

    @property
    def reached_at(self) -> str:
        """The client endpoint string for the others, "" where it cannot be told or there is none."""
        if self.address or not self.endpoint:
            return self.address
        if found := re.fullmatch(r"tcp:(?:port=)?(\d+):interface=([0-9.]+)", self.endpoint):
            return f"tcp:{found[2]}:{found[1]}"
        if found := re.fullmatch(r"unix:([^:]+)(:.*)?", self.endpoint):
            return f"unix:{found[1]}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A ``tls`` table of a listener; without a certificate there is no TLS."""

    certificate: Path | None = setting(PATH, None, "Certificate chain, PEM; empty: no TLS.")
    key: Path | None = setting(PATH, None, "The certificate's private key, PEM.")
    profile: str = setting(choice("modern", "legacy"), "modern", "legacy: TLS 1.0 and old ciphers too.")
    client_ca: Path | None = setting(PATH, None, "Authorities of client certificates, PEM.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """One ``[[cwmp]]`` table: where CPEs call."""

    name: str = setting(LABEL, "main", "What sessions and logs call this listener.")
    endpoint: str = setting(SERVER, "tcp:7547", "Where it listens.")
    path: str = setting(URL_PATH, "/", "CPEs may post to this path and below.")
    authentication: str = setting(AUTHENTICATION, "none", "What a CPE must show.")
    credentials: str = setting(choice("shared", "device"), "shared", "Those below, or each device its own.")
    username: str = setting(TEXT, "", "The shared user name.")
    password: Secret = setting(secret(TEXT), Secret(), "The shared password.")
    verify: str = setting(TEXT, "default", "Name of the [verify.NAME] policy.")
    public_url: str = setting(HTTP_URL, "", "What devices are told; default http://<host>:7547/.")
    tls: Tls = table(Tls, "TLS of this listener.")
    proxy_protocol: bool = setting(FLAG, False, "Behind HAProxy, which sends a PROXY header.")
    trusted_proxies: tuple[Network, ...] = setting(NETWORKS, (), "Whose X-Forwarded-For is believed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """One ``[verify.NAME]`` table: may this client address be this device?"""

    policy: str = setting(POLICY, "always", "How it is found out.")
    networks: tuple[Network, ...] = setting(NETWORKS, (), "cidr: where verified devices are.")
    query: str = setting(TEXT, "", "sql: a SELECT with %(serial)s, %(client_ip)s, ...; a row: verified.")
    url: Secret = setting(SOURCE_URL, Secret(), "sql: the database; http: where JSON is posted.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The ``[hooks]`` table: the operator's side."""

    python: str = setting(PYTHON_NAME, "", "package.module:Class, which implements acs.hooks.IHooks.")
    url: Secret = setting(secret(HTTP_URL), Secret(), "Or a service that speaks JSON over HTTP.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The ``[console]`` table: web console, REST API, /metrics and /healthz."""

    endpoint: str = setting(SERVER, "tcp:8069:interface=127.0.0.1", "Where it listens.")
    tls: Tls = table(Tls, "TLS of the console and the API.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The ``[files]`` table: firmware and configuration files for devices."""

    directory: Path | None = setting(PATH, None, "The folder of files; default state_dir/firmware.")
    http: str = setting(SERVER_OR_NONE, "tcp:7567", "Where files are served over HTTP; empty: not at all.")
    tftp: str = setting(UDP_OR_NONE, "udp:6969", "Where files are served over TFTP; empty: not at all.")
    public_url: str = setting(HTTP_URL, "", "What devices are told; default http://<host>:7567/.")
    public_tftp_url: str = setting(
        TFTP_URL, "", "What devices are told for TFTP; default tftp://<host>:6969/."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Xmpp:
    """The ``[wake.xmpp]`` table: ConnectionRequest by XMPP."""

    component: str = setting(TEXT, "", "The component's domain, as acs.isp.example; empty: off.")
    server: str = setting(CLIENT, "tcp:127.0.0.1:5347", "The XMPP server's component port (XEP-0114).")
    secret: Secret = setting(secret(TEXT), Secret(), "The component's secret.")
    domain: str = setting(TEXT, "", "Where the devices' accounts live.")
    accounts: str = setting(choice("xep-0133", "command", "none"), "xep-0133", "How accounts are made.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Udp:
    """The ``[wake.udp]`` table: ConnectionRequest by UDP, through NAT."""

    endpoint: str = setting(UDP_OR_NONE, "", "The STUN server, as udp:3478; empty: off.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wake:
    """The ``[wake]`` table: how devices are woken."""

    username: str = setting(TEXT, "{{ device.id }}", "ConnectionRequest user name; passwords are generated.")
    allow_networks: tuple[Network, ...] = setting(
        NETWORKS,
        (),
        "Where devices may be called, loopback too if listed; empty: any unicast address but loopback, "
        "link-local and the appliance's own.",
    )
    xmpp: Xmpp = table(Xmpp, "ConnectionRequest by XMPP.")
    udp: Udp = table(Udp, "ConnectionRequest by UDP.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The ``[track]`` table: parameters that are read in every session."""

    parameters: tuple[str, ...] = setting(
        PARAMETERS, (), "Paths, partial ones too; one that begins with a dot is relative to the root object."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many in so many seconds."""

    count: int = setting(integer(1, 1_000_000), 20, "How many.")
    seconds: int = setting(integer(1, 604_800), 900, "In how many seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The ``[limits]`` table."""

    body_bytes: int = setting(integer(1024, 1 << 30), 8_388_608, "Longest message of a CPE.")
    session_seconds: int = setting(integer(1, 86_400), 60, "A CPE silent for longer has lost its session.")
    sessions: int = setting(integer(1, 10_000_000), 20_000, "Open at once; above it: 503.")
    informs: Rate = table(Rate, "Informs per device; above it: 503.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The ``[retention]`` table."""

    conversations_days: int = setting(DAYS, 30, "How long the messages of a session are kept.")
    sessions_days: int = setting(DAYS, 365, "How long sessions are kept.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """The ``[log]`` table."""

    level: str = setting(LEVEL, "info", "The least that is logged.")
    format: str = setting(choice("text", "json"), "text", "Lines to read, or a JSON object a line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file.  ``embedded`` says that there was none: the appliance is being tried out."""

    state_dir: Path = setting(DIRECTORY, Path("acs-state"), "Database, archive, files and secrets.")
    store: Store = table(Store, "Where everything is kept.")
    node: Node = table(Node, "This process among those on one database.")
    cwmp: tuple[Listener, ...] = tables(Listener, "Listeners for CPEs, any number.")
    verify: Mapping[str, Verify] = named_tables(Verify, "default", "Verification policies.")
    hooks: Hooks = table(Hooks, "The operator's side.")
    console: Console = table(Console, "Web console, REST API, /metrics, /healthz.")
    files: Files = table(Files, "Firmware and configuration files.")
    wake: Wake = table(Wake, "How devices are woken.")
    track: Track = table(Track, "Parameters that are read in every session.")
    limits: Limits = table(Limits, "What one device, and all together, may ask.")
    retention: Retention = table(Retention, "How long things are kept.")
    log: Log = table(Log, "What is logged, and how.")
    embedded: bool = False

    @property
    def files_directory(self) -> Path:
        """The folder of files, wherever the configuration put it."""
        return self.files.directory or self.state_dir / "firmware"


NOT_YET = {
    "cwmp.tls.*": "TLS listeners",
    "cwmp.authentication": "authentication of CPEs",
    "verify.*.policy=sql": "verification by SQL",
    "verify.*.policy=http": "verification over HTTP",
    "verify.*.policy=python": "verification in Python",
    "verify.*.policy=certificate": "verification by certificate",
    "hooks.*": "hooks",
    "console.tls.*": "TLS on the console",
    "wake.xmpp.component": "ConnectionRequest by XMPP",
    "wake.udp.endpoint": "ConnectionRequest by UDP",
}
"""What the file may ask for and this version does not do: ``key`` or ``key=value`` patterns, and its name.

A key that is set to something else than its default is refused here rather than ignored.
"""


def load(path: str | None) -> Config:
    """The configuration in a file, or the embedded defaults; raises `ConfigError` with all that is wrong.

    Relative paths are relative to the file's folder, with the embedded defaults to the working directory.
    """
    reader = Reader(path or "defaults", Path(path).absolute().parent if path else Path.cwd())
    config = reader.table(Config, toml.parse(path) if path else {})
    refused = {problem.key for problem in reader.problems}
    for place, reason in (*_names(config), *_not_yet(config)):
        if place not in refused:
            reader.wrong(place, reason)
    if reader.problems:
        raise ConfigError(reader.problems)
    return replace(config, embedded=path is None)


def describe() -> Iterator[Described]:
    """Every table and key of the file, in order, with kind, default and meaning."""
    return settings.describe(Config)


def _names(config: Config) -> Iterator[tuple[str, str]]:
    """Names that are taken twice, or that nothing has; nodes that nobody can reach."""
    taken: set[str] = set()
    for number, listener in enumerate(config.cwmp):
        if listener.name in taken:
            yield f"cwmp[{number}].name", f"{listener.name!r} is the name of another listener"
        if listener.verify not in config.verify:
            yield f"cwmp[{number}].verify", f"there is no [{settings.place_of('verify', listener.verify)}]"
        taken.add(listener.name)
    if config.node.endpoint and not config.node.reached_at:
        yield "node.address", "must say how other nodes reach node.endpoint"
    if config.node.endpoint and config.store.url == "sqlite":
        yield "node.endpoint", "SQLite has one node only: store.url must be a PostgreSQL database"


def _not_yet(config: Config) -> Iterator[tuple[str, str]]:
    for place, value, default in settings.walk(config):
        name = re.sub(r"\[\d+\]", "", place)
        for pattern, what in NOT_YET.items():
            of_name, _, of_value = pattern.partition("=")
            if value != default and fnmatchcase(name, of_name) and fnmatchcase(str(value), of_value or "*"):
                yield place, f"not available in this version: {what}"
