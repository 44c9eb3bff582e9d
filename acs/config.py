"""The configuration, read from the file whose keys these dataclasses declare.

Each dataclass is a table of the file, each field a key: its kind, its default and its line in the manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from socket import gethostname

from acs import settings, toml
from acs.alarms_table import Alarms
from acs.hooks_table import Hooks, Verify
from acs.kinds import (
    AUTHENTICATION,
    CLIENT_OR_NONE,
    DAYS,
    FILES,
    HTTP_URL,
    LABEL,
    LEVEL,
    NETWORKS,
    PARAMETERS,
    SERVER,
    SERVER_OR_NONE,
    STORE_URL,
    TFTP_URL,
    UDP_OR_NONE,
    URL_PATH,
    Network,
)
from acs.nbi_table import Nbi
from acs.oidc_table import Oidc
from acs.settings import (
    DIRECTORY,
    FLAG,
    PATH,
    TEXT,
    Described,
    Secret,
    choice,
    integer,
    named_tables,
    secret,
    setting,
    table,
    tables,
)
from acs.store.places import EMBEDDED, is_shared
from acs.tls_table import Pairs, Tls
from acs.toml import ConfigError, Problem, Reader
from acs.wake_table import Wake
from acs.workers import SHAREABLE

__all__ = ["Config", "ConfigError", "Described", "Problem", "Secret", "describe", "load"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The ``[store]`` table."""

    url: Secret = setting(STORE_URL, Secret(EMBEDDED), "sqlite (a file in state_dir) or PostgreSQL.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acs:
    """The ``[acs]`` table."""

    workers: int = setting(integer(1, 64), 1, "Processes that share the work, on PostgreSQL: one for a core.")


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

    def of_worker(self, number: int, state_dir: Path) -> Node:
        """The same for one of several workers, which always has a place of its own.

        That is a socket in the state folder, or the port behind that of the worker before.
        """
        name = f"{self.name or gethostname()}/{number}" if number else self.name
        if not self.endpoint:
            path = str(state_dir / f"worker-{number}.sock").replace("\\", "\\\\").replace(":", "\\:")
            return Node(name=name, endpoint=f"unix:{path}:mode=600", address=f"unix:{path}")
        behind = partial(re.compile(r"(?<=:)(\d+)(?=:|$)").sub, lambda port: str(int(port[1]) + number))
        return Node(name=name, endpoint=behind(self.endpoint), address=behind(self.reached_at))

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
class Listener:
    """One ``[[cwmp]]`` table: where CPEs call."""

    name: str = setting(LABEL, "main", "What sessions and logs call this listener.")
    endpoint: str = setting(SERVER, "tcp:7547", "Where it listens.")
    path: str = setting(URL_PATH, "/", "CPEs may post to this path and below.")
    authentication: str = setting(AUTHENTICATION, "none", "What a CPE must show.")
    credentials: str = setting(choice("shared", "device"), "shared", "Those below, or each device its own.")
    username: str = setting(TEXT, "", "The shared user name.")
    password: Secret = setting(secret(TEXT), Secret(), "The shared password.")
    offer_sha256: bool = setting(FLAG, False, "digest: SHA-256 beside MD5; some CPEs trip on two offers.")
    verify: str = setting(TEXT, "default", "Name of the [verify.NAME] policy.")
    public_url: str = setting(HTTP_URL, "", "What devices are told; default http://<host>:7547/.")
    tls: Tls = table(Tls, "TLS of this listener.")
    proxy_protocol: bool = setting(FLAG, False, "Behind HAProxy, which sends a PROXY header.")
    trusted_proxies: tuple[Network, ...] = setting(NETWORKS, (), "Whose X-Forwarded-For is believed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The ``[console]`` table: web console, REST API, /metrics and /healthz."""

    endpoint: str = setting(SERVER, "tcp:8069:interface=127.0.0.1", "Where it listens.")
    tls: Tls = table(Tls, "TLS of the console and the API.")
    trusted_proxies: tuple[Network, ...] = setting(
        NETWORKS, (), "Whose X-Forwarded-For and X-Forwarded-Proto are believed."
    )
    second_factor: str = setting(
        choice("optional", "required"), "optional", "Whether people need one beside their passwords."
    )
    oidc: Oidc = table(Oidc, "An identity provider that people log in at.")
    open_metrics: bool = setting(FLAG, False, "Anybody who reaches it may read /metrics, without a token.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """The ``[files.limits]`` table: what devices may take over HTTP."""

    downloads: int = setting(integer(1, 100_000), 1000, "At once; above it: 503.")
    downloads_per_address: int = setting(integer(1, 100_000), 200, "At once to one address.")
    uploads: int = setting(integer(1, 100_000), 100, "At once; above it: 503.")
    uploads_per_address: int = setting(integer(1, 100_000), 20, "At once from one address.")
    rate: int = setting(integer(0, 1 << 40), 0, "Bytes a second of each download; 0: any number.")
    rate_together: int = setting(integer(0, 1 << 40), 0, "Bytes a second of all together; 0: any number.")
    upload_bytes: int = setting(integer(1, 1 << 40), 64 << 20, "Longest upload.")
    patience: int = setting(integer(1, 3_600), 60, "Seconds without a byte after which a transfer is cut.")
    idle: int = setting(integer(1, 3_600), 60, "Seconds after which an idle connection is closed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The ``[files]`` table: firmware and configuration files for devices."""

    directory: Path | None = setting(PATH, None, "The folder of files; default state_dir/firmware.")
    http: str = setting(SERVER_OR_NONE, "tcp:7567", "Where files are served over HTTP; empty: not at all.")
    tftp: str = setting(UDP_OR_NONE, "udp:6969", "Where files are served over TFTP; empty: not at all.")
    public_url: str = setting(
        HTTP_URL, "", "What devices are told; default http://<host>:7567/, https with tls."
    )
    public_tftp_url: str = setting(
        TFTP_URL, "", "What devices are told for TFTP; default tftp://<host>:6969/."
    )
    open: tuple[str, ...] = setting(
        FILES,
        (),
        'Files that anybody may download by their plain URL, as "Acme/*": * takes slashes too.',
    )
    tls: Tls = table(Tls, "TLS of the files over HTTP, which are then served by https alone.")
    limits: FileLimits = table(FileLimits, "What devices may take over HTTP.")


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
class ConnectionRate:
    """So many connections in so many seconds."""

    count: int = setting(integer(1, 10_000_000), 60_000, "How many.")
    seconds: int = setting(integer(1, 604_800), 60, "In how many seconds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The ``[limits]`` table; each process has its own count."""

    body_bytes: int = setting(integer(1024, 1 << 30), 8_388_608, "Longest message of a CPE.")
    session_seconds: int = setting(integer(1, 86_400), 60, "A CPE silent for longer has lost its session.")
    sessions: int = setting(integer(1, 10_000_000), 20_000, "Open at once; above it: 503.")
    sessions_per_address: int = setting(integer(1, 10_000_000), 5_000, "Open at once from one address.")
    urgent_percent: int = setting(integer(0, 100), 10, "How many more may be open for urgent devices.")
    informs: Rate = table(Rate, "Informs per device; above it: 503.")
    devices_in_memory: int = setting(
        integer(100, 10_000_000), 200_000, "Known without asking the database, 3 kB each."
    )
    connections: int = setting(integer(1, 10_000_000), 50_000, "Open at once; further ones are cut.")
    connections_per_address: int = setting(integer(1, 10_000_000), 20_000, "Open at once from one address.")
    connection_rate: ConnectionRate = table(ConnectionRate, "New connections from one address.")
    head_bytes: int = setting(integer(1024, 1 << 20), 65_536, "Longest head of a request.")
    headers: int = setting(integer(10, 10_000), 200, "Most header lines of a request.")
    head_seconds: int = setting(integer(1, 3_600), 30, "For the head of a request, from its first byte.")
    body_seconds: int = setting(integer(1, 3_600), 60, "For the body of a request, from its first byte.")
    idle_seconds: int = setting(integer(1, 3_600), 75, "A connection silent for longer is closed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The ``[retention]`` table."""

    conversations_days: int = setting(DAYS, 30, "How long the messages of a session are kept.")
    sessions_days: int = setting(DAYS, 365, "How long sessions are kept.")
    history_days: int = setting(DAYS, 90, "How long values of tracked parameters are kept.")

    @property
    def days(self) -> tuple[int, int, int]:
        """All three, in this order."""
        return self.conversations_days, self.sessions_days, self.history_days


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
    acs: Acs = table(Acs, "The process itself.")
    node: Node = table(Node, "This process among those on one database.")
    cwmp: tuple[Listener, ...] = tables(Listener, "Listeners for CPEs, any number.")
    verify: Mapping[str, Verify] = named_tables(Verify, "default", "Verification policies.")
    hooks: Hooks = table(Hooks, "The operator's side.")
    console: Console = table(Console, "Web console, REST API, /metrics, /healthz.")
    nbi: Nbi = table(Nbi, "GenieACS's northbound interface, for programs that were written for it.")
    files: Files = table(Files, "Firmware and configuration files.")
    wake: Wake = table(Wake, "How devices are woken.")
    track: Track = table(Track, "Parameters that are read in every session.")
    limits: Limits = table(Limits, "What one device, and all together, may ask.")
    retention: Retention = table(Retention, "How long things are kept.")
    alarms: Alarms = table(Alarms, "From where on something is the matter.")
    log: Log = table(Log, "What is logged, and how.")
    embedded: bool = False

    @property
    def machine(self) -> str:
        """What the processes of one machine have in common, and no others."""
        return f"{gethostname()}:{self.state_dir}"

    @property
    def files_directory(self) -> Path:
        """The folder of files, wherever the configuration put it."""
        return self.files.directory or self.state_dir / "firmware"

    @property
    def secured(self) -> Iterator[tuple[str, str, str, Pairs, Path | None, bool]]:
        """The TLS of each listener that has it: its place, the listener's name, profile, certificates with
        their keys, authorities of clients, and whether a client must have a certificate."""
        for place, name, _, tls, required in self._tls_tables:
            if tls.certificate:
                yield place, name, tls.profile, tls.pairs, tls.client_ca, required

    @property
    def _tls_tables(self) -> Iterator[tuple[str, str, str, Tls, bool]]:
        for number, each in enumerate(self.cwmp):
            required = each.authentication == "certificate"
            yield f"cwmp[{number}].tls", each.name, each.endpoint, each.tls, required
        yield "console.tls", "console", self.console.endpoint, self.console.tls, False
        yield "files.tls", "files", self.files.http, self.files.tls, False
        yield "nbi.tls", "nbi", self.nbi.endpoint, self.nbi.tls, False


LONGEST_SOCKET = 107
"""How long the path of a UNIX socket may be, in bytes (with the ``unix:`` before it, to be sure)."""


def load(path: str | None) -> Config:
    """The configuration in a file, or the embedded defaults; raises `ConfigError` with all that is wrong.

    Relative paths are relative to the file's folder, with the embedded defaults to the working directory.
    """
    reader = Reader(path or "defaults", Path(path).absolute().parent if path else Path.cwd())
    config = reader.table(Config, toml.parse(path) if path else {})
    refused = {problem.key for problem in reader.problems}
    for place, reason in _names(config):
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
        yield from _credentials(f"cwmp[{number}]", listener)
        if listener.verify not in config.verify:
            yield f"cwmp[{number}].verify", f"there is no [{settings.place_of('verify', listener.verify)}]"
        elif config.verify[listener.verify].policy == "certificate" != listener.authentication:
            yield f"cwmp[{number}].verify", 'this policy needs authentication = "certificate" here'
        taken.add(listener.name)
    yield from config.hooks.problems()
    yield from config.console.oidc.problems()
    yield from config.nbi.problems()
    yield from config.wake.udp.problems()
    yield from config.wake.xmpp.problems()
    for name, verify in config.verify.items():
        yield from verify.problems(settings.place_of("verify", name), config.hooks.python)
    for place, _, endpoint, tls, required in config._tls_tables:
        yield from tls.problems(place, endpoint, required)
    if config.acs.workers > 1:
        yield from _sharing(config)
    if config.node.endpoint and not config.node.reached_at:
        yield "node.address", "must say how other nodes reach node.endpoint"
    if config.node.endpoint and not is_shared(config.store.url):
        yield "node.endpoint", "SQLite has one node only: store.url must be a PostgreSQL database"


def _credentials(place: str, listener: Listener) -> Iterator[tuple[str, str]]:
    """What is missing of what devices have to show."""
    asks = listener.authentication in ("basic", "digest")
    if asks and listener.credentials == "shared" and not listener.username:
        yield f"{place}.username", f"must be given for {listener.authentication} with shared credentials"
    if asks and listener.username and not listener.password:
        yield f"{place}.password", "must be given with the user name"


def _sharing(config: Config) -> Iterator[tuple[str, str]]:
    """What keeps several workers from sharing the work."""
    if not is_shared(config.store.url):
        yield "acs.workers", "SQLite has one process only: store.url must be a PostgreSQL database"
    if len(config.node.of_worker(99, config.state_dir).reached_at) > LONGEST_SOCKET:
        yield (
            "state_dir",
            "the path is too long for the workers' sockets: make it shorter, or give node.endpoint",
        )
    for number, listener in enumerate(config.cwmp):
        if not SHAREABLE.fullmatch(listener.endpoint):
            yield f"cwmp[{number}].endpoint", "several workers share tcp:PORT, with or without an interface"
    if config.node.endpoint and not re.match(r"tcp:(port=)?\d+", config.node.endpoint):
        yield "node.endpoint", "each worker has a port of its own, behind the one before: give the first"
