"""What may stand in the keys of the configuration file: the kinds that `acs.config` is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

from twisted.internet.endpoints import clientFromString, serverFromString

from acs.cwmp import paths
from acs.hooks.interface import ARGUMENTS
from acs.settings import Scalar, a_kind, array, checked, choice, integer, secret, text
from acs.store import places

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


def _told(given: object) -> dict[str, str]:
    """A table of single parameters, by names as queries may have them."""
    if not isinstance(given, dict):
        raise ValueError(f"must be a table, not {a_kind(given)}")
    for name, path in given.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise ValueError(f"{name!r} is no name: lower case letters, digits and _")
        if paths.is_partial(_parameter(text(path))) or re.search(r"[*\[]", path):
            raise ValueError(f"{path!r} is not the path of one parameter")
    return given


def _hook(given: str) -> str:
    """The name of a hook; refuse any other."""
    if given not in ARGUMENTS:
        raise ValueError(f"{given!r} is none of {', '.join(ARGUMENTS)}")
    return given


def _word(given: str) -> str:
    """A word of a command; refuse braces that nothing is known to stand in."""
    unknown = re.sub(r"\{(username|domain|password)\}", "", given)
    if not given or re.search(r"[{}\x00]", unknown):
        raise ValueError(f"{given!r} may hold {{username}}, {{domain}}, {{password}} and no other braces")
    return given


def _file(given: str) -> str:
    """The path of a file in the folder, or a pattern of some; refuse what none can be."""
    if not given or not given.isprintable() or {"", ".", ".."} & set(given.split("/")):
        raise ValueError(f"{given!r} is not a path in the folder, such as Acme/* or Acme/Box/1.2/image.bin")
    return given


def _or_empty(check: Callable[[str], None]) -> Callable[[str], None]:
    return lambda given: check(given) if given else None


_URL = r"://[^/?#\s]+([/?#]\S*)?"
_server = partial(_endpoint, serverFromString)
_python_name = _matching(r"\w+(\.\w+)*:\w+", "package.module:Class")
_http_url = _matching("https?" + _URL, "a URL that begins with http:// or https://")
_tftp_url = _matching("tftp" + _URL, "a URL that begins with tftp://")
_source_url = _matching(
    r"(https?|postgresql)://\S*", "a URL that begins with http://, https:// or postgresql://"
)
_database_url = _matching(r"postgresql://\S*", "a URL that begins with postgresql://")

SERVER = checked("endpoint", _server)
SERVER_OR_NONE = checked("endpoint", _or_empty(_server))
CLIENT = checked("client endpoint", partial(_endpoint, clientFromString))
CLIENT_OR_NONE = checked("client endpoint", _or_empty(partial(_endpoint, clientFromString)))
UDP_OR_NONE = checked("udp endpoint", _or_empty(_udp))
HOST = checked("host", _or_empty(_matching(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", "a host's name or address")))
HTTP_URL = checked("http URL", _or_empty(_http_url))
TFTP_URL = checked("tftp URL", _or_empty(_tftp_url))
STORE_URL = secret(checked(places.KINDS, places.check))
SOURCE_URL = secret(checked("http or postgresql URL", _or_empty(_source_url)))
DATABASE_URL = secret(checked("postgresql URL", _or_empty(_database_url)))
HOOK_NAMES: Scalar[tuple[str, ...]] = array("hooks", _hook)
COMMAND: Scalar[tuple[str, ...]] = array("words", _word)
PYTHON_NAME = checked("package.module:Class", _or_empty(_python_name))
URL_PATH = checked("URL path", _matching(r"/[^?#\s]*", "the path of a URL, which begins with /"))
LABEL = checked("string", _matching(r"[^\x00-\x1f\x7f]+", "a name of one line"))
AUTHENTICATION = choice("none", "basic", "digest", "certificate")
POLICY = choice("always", "never", "cidr", "sql", "http", "python", "certificate")
LEVEL = choice("debug", "info", "warn", "error", "critical")
DAYS = integer(1, 36_500)
PARAMETERS: Scalar[tuple[str, ...]] = array("parameter paths", _parameter)
TOLD: Scalar[Mapping[str, str]] = Scalar("table of parameter paths", _told)
FILES: Scalar[tuple[str, ...]] = array("paths", _file)
NETWORKS: Scalar[tuple[Network, ...]] = array("networks", ip_network)
