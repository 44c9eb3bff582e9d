"""Finds the API that a command is meant for, by command line, environment or configuration.

That is its URL, the token that lets us in, and the certificates that it is trusted by.
"""

from __future__ import annotations

import os
import re
import ssl
from argparse import Namespace
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from acs.config import Config, ConfigError, Console, load
from acs.ctl.api import Api
from acs.ctl.errors import CommandFailed
from acs.state_files import CERTIFICATE_FILE, TOKEN_FILE

_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)  # X509_V_FLAG_NO_CHECK_TIME, for which Python has no name
_ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
_PIECE = re.compile(r"(?:[^:\\]|\\.)+")


def connect(arguments: Namespace, environment: Mapping[str, str] = os.environ) -> Api:
    """The API that is meant: by ``--url``, else ``-c``, else ACS_URL, else ACS_CONFIG, else the embedded
    defaults."""
    token = arguments.api_token or environment.get("ACS_TOKEN", "")
    url = arguments.api_url or ("" if arguments.config else environment.get("ACS_URL", ""))
    if url and not token:
        raise CommandFailed("a URL needs a token: give --token, or set ACS_TOKEN", status=2)
    if url:
        return Api(url, token)
    config = configuration(arguments, environment)
    address, tls = console_address(config.console, config.state_dir)
    if token:
        return Api(address, token, tls, proxies={})
    # An appliance that has started anew has left another: who follows its events is let in again by that.
    left = partial(kept_token, config.state_dir)
    return Api(address, left(), tls, proxies={}, token_anew=left)


def configuration(arguments: Namespace, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration that is named, or is in ACS_CONFIG; raises `CommandFailed` with a line for each
    thing wrong in it."""
    try:
        return load(arguments.config or environment.get("ACS_CONFIG") or None)
    except ConfigError as error:
        raise CommandFailed(str(error)) from error


def kept_token(state_dir: Path) -> str:
    """The token that the service left in its state directory."""
    path = state_dir / TOKEN_FILE
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "is not text"
        hint = "is the appliance running? name its configuration with -c, or give --url and --token"
        raise CommandFailed(f"cannot read the appliance's token in {path}: {why}; {hint}") from error


def console_address(console: Console, state_dir: Path) -> tuple[str, ssl.SSLContext | None]:
    """The URL of a console that listens on this machine, and how its certificate is checked: by what it left
    in its state directory, else by the configuration's files."""
    kind, options = _endpoint(console.endpoint)
    if kind not in ("tcp", "tcp6", "ssl") or not options.get("port", "").isdecimal():
        raise CommandFailed(f"no URL follows from the console's {console.endpoint!r}: give --url and --token")
    address = options.get("interface", "")
    host = _ANY_ADDRESS.get(address, address)
    host = f"[{host}]" if ":" in host else host
    secure = kind == "ssl" or console.tls.certificate is not None
    url = f"{'https' if secure else 'http'}://{host}:{options['port']}"
    if not console.tls.certificate:
        return url, None
    shown = state_dir / CERTIFICATE_FILE
    given = [certificate for certificate, _ in console.tls.pairs]
    return url, _own_certificates([shown] if os.access(shown, os.R_OK) else given)


def _endpoint(description: str) -> tuple[str, dict[str, str]]:
    """A Twisted endpoint string's kind and arguments; the first ones of TCP may come without their names."""
    kind, *rest = (re.sub(r"\\(.)", r"\1", piece) for piece in _PIECE.findall(description))
    unnamed = iter(("port", "interface") if kind != "ssl" else ("port",))
    options: dict[str, str] = {}
    for piece in rest:
        name, equals, value = piece.partition("=")
        options[name if equals else next(unnamed, "")] = value if equals else piece
    return kind, options


def _own_certificates(paths: Sequence[Path]) -> ssl.SSLContext:
    """Trust in exactly the certificates that the appliance was given, whatever names and dates they bear."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | _NO_CHECK_TIME
    for path in paths:
        try:
            context.load_verify_locations(path)
        except (OSError, ssl.SSLError) as error:
            raise CommandFailed(f"cannot read the console's certificate {path}: {error}") from error
    return context
