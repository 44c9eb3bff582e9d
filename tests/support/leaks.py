"""No secret is told, whatever is tested: logs are looked at while they are written.

Each event that is logged while trial runs, and what started processes have written, is searched for secrets.
One that is found is an error of the test that runs, which names the line.  After trial
``python -m tests.support.leaks FOLDER`` searches what it has left, for what came when no test ran.

A secret of a test's own is known by its words (`WORDS`), one of the appliance's by its shape (`SHAPES`), or
as it was seen when it was made: each of at least `LONG` random bytes that `secrets.token_urlsafe` gives, in
processes that are forked, too.  Digest nonces are no secrets: they go over the wire in clear.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

from twisted.logger import LogEvent, Logger, globalLogPublisher
from twisted.python.failure import Failure

from acs.logs import FIELDS, INDENT, as_text

WORDS = (
    "[Hh]ush", "hüsh", "geheim", "falsch", "s3cret", "säcret", "s&cret", "secret12", "secret of 'both'",
    "sec ret", "sesame", "correct horse", "battery", "long enough", "another one", "12345678901234567890",
    r"\bpassword-?\d", r"\bcookie\d",
    r"\bacs_(?:viewer|support|operator|admin|secret|given|env|short|restricted)\b",
)  # fmt: skip
"""What secrets of tests have in them."""
SHAPES = (
    r"\bacs_[\w-]{43}", r"\bwhsec_\w", r"[?&]secret=[A-Z2-7]{16}", r"argon2id?\$",
    r"-----BEGIN \w* ?PRIVATE", r"(?i:\bauthorization: ?(?:basic|bearer|digest) [^ ]{8})",
    r"(?i:\bset-cookie: ?\w+=[^; ]{8})",
)  # fmt: skip
"""What those look like that programs make."""
LONG = 10
"""Bytes of which a random text is a secret; shorter ones are names."""
MADE = "ACS_TESTS_SECRETS"
"""The variable with the file in which forked processes write secrets that they have made."""
LOGS = ("log", "*.log", "simulated", "output")
"""Files that are logs, of all that a run leaves."""

_FILE = "secrets-made"
_ANNOUNCED = re.compile(r"password: \S+")
_SECRET = re.compile("|".join((*WORDS, *SHAPES)))
_TEXT = re.compile(r"[\w-]{16,}")
_SOURCE = re.compile(rf"{INDENT} {{4,}}")

_log = Logger("tests.secrets")
_numbers = count(1)
_made: set[str] = set()
_read: dict[Path, int] = {}
_watched: list[object] = []


class SecretTold(Exception):
    """A secret stands where everybody may read."""


def watch() -> None:
    """From now on look at each event that is logged, and know what secrets are made."""
    _remember_what_is_made(_made.update)
    globalLogPublisher.addObserver(_observe)
    _watched.append(globalLogPublisher)


def watch_for_parent() -> None:
    """In a process that is forked: tell the one that runs the tests what secrets are made."""

    def tell(forms: Iterator[str]) -> None:
        if place := os.environ.get(MADE):
            with open(place, "a", encoding="ascii") as file:
                file.write("".join(f"{each}\n" for each in forms))

    _remember_what_is_made(tell)


def made_file() -> Path:
    """Where processes that are forked for the tests here write what they make."""
    return Path.cwd() / _FILE


def kept(name: str) -> Path:
    """Where a log may be kept whose own folder is removed."""
    return Path.cwd() / f"{name}-{os.getpid()}-{next(_numbers)}.log"


def keep(text: str, place: Path) -> None:
    """A log whose own folder is removed: look at it, and keep it there, if it is tests that run."""
    look(text, place.stem)
    if globalLogPublisher in _watched:
        place.write_text(text, "utf-8")


def remember(secret: str) -> None:
    """A secret that a test has been given."""
    _made.add(secret)


def remember_key(state: Path) -> None:
    """The key in a state directory, as it might be written."""
    if (file := state / "secret.key").exists():
        key = file.read_bytes()
        _made.update((key.hex(), base64.urlsafe_b64encode(key).decode().rstrip("=")))


def look(text: str, where: str) -> None:
    """Make it an error of the test that runs, if a secret stands in what was written there."""
    for line in told(text.splitlines()):
        _log.failure("", Failure(SecretTold(f"{where}: {line}")))


def look_at_audit(state: Path) -> None:
    """The same for the audit log of the database in a state directory, which nobody has open."""
    if (database := state / "acs.sqlite").exists():
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT who, address, target, before, after FROM audit").fetchall()
        look("\n".join("\t".join(row) for row in rows), f"the audit log of {state}")


def told(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a log in which a secret stands, but for the password that a first start announces."""
    known = _known()
    for line in lines:
        hit = is_known(line) or not known.isdisjoint(_TEXT.findall(line))
        if hit and not _ANNOUNCED.fullmatch(line) and not _SOURCE.match(line):
            yield line


def is_known(text: str) -> bool:
    """Whether words or a shape of secrets are in it."""
    return _SECRET.search(text) is not None


def _observe(event: LogEvent) -> None:
    failure = event.get("log_failure")
    if failure is None or not failure.check(SecretTold):
        about = " ".join(str(event[key]) for keys in FIELDS.values() for key in keys if event.get(key))
        look(f"{as_text(event) or ''}\n{about}", "the log")


def _known() -> set[str]:
    """Every secret that was made, here and in processes that were forked."""
    file = made_file()
    size = file.stat().st_size if file.exists() else 0
    if size != _read.get(file, 0):
        _made.update(file.read_text("ascii").split())
        _read[file] = size
    return _made


def _remember_what_is_made(tell: Callable[[Iterator[str]], None]) -> None:
    make = secrets.token_urlsafe

    def token_urlsafe(nbytes: int | None = None) -> str:
        text = make(nbytes)
        if nbytes is None or nbytes >= LONG:
            tell(_forms(text))
        return text

    secrets.token_urlsafe = token_urlsafe


def _forms(text: str) -> Iterator[str]:
    """What a random text may be written as: itself, a token, for an authenticator, as a recovery code."""
    yield text
    yield f"acs_{text}"
    for32 = base64.b32encode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).decode().rstrip("=")
    yield for32
    yield "-".join(for32[at : at + 4] for at in range(0, len(for32), 4)).lower()


def main(folder: Path) -> int:
    """Search what trial has left; 1 if there is a secret in it."""
    for file in folder.rglob(_FILE):
        _made.update(file.read_text("ascii").split())
    logs = {path for pattern in LOGS for path in folder.rglob(pattern) if path.is_file()}
    found = [f"{path}: {line}" for path in sorted(logs) for line in _told_in(path)]
    print("\n".join(found) or f"{len(logs)} logs tell no secret", file=sys.stderr)
    return bool(found)


def _told_in(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from told(line.rstrip("\n") for line in file)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
