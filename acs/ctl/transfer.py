"""The commands that carry a whole store through a file: ``export``, ``import``."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from acs import __version__
from acs.config import Config
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.ctl.running import in_reactor
from acs.ctl.store import as_owner, of_store, told_failures
from acs.ctl.tables import write_json
from acs.simulate.progress import progress
from acs.store.building import Premises, premises_at, vault_of
from acs.store.folders import sync_names
from acs.store.interface import StoreError, StoreUnavailable
from acs.store.places import KEY_FILE
from acs.store.seal import Seal, read_key
from acs.store.transfer.account import Account
from acs.store.transfer.checking import Checked, OtherKey, check
from acs.store.transfer.exporting import Exported, export
from acs.store.transfer.exports import Trailer
from acs.store.transfer.frames import ExportDamaged, NewerExport, NotAnExport
from acs.store.transfer.importing import Import
from acs.store.vault import Vault

STDOUT = "-"
_OF_THE_FILE = (NotAnExport, NewerExport, ExportDamaged, OtherKey)

T = TypeVar("T")
Summary = dict[str, Any]


def export_store(arguments: Namespace) -> int:
    """``export FILE``, and ``export --verify FILE``"""
    if arguments.verify:
        return _verify(arguments)
    config = of_store(arguments)
    began = time.monotonic()
    with _writing(arguments.file) as file, as_owner(config.state_dir):
        written = _run(arguments, lambda reactor, account: _export(config, file, reactor, account))
    summary = _summary(arguments.file, written.trailer, written.digest, began)
    _say(arguments, summary, "exported", sys.stderr if arguments.file == STDOUT else sys.stdout)
    return 0


async def _export(config: Config, file: BinaryIO, reactor: Any, account: Account) -> Exported:
    return await export(_premises(config, reactor, guest=True), file, time.time(), __version__, account)


def _verify(arguments: Namespace) -> int:
    began = time.monotonic()
    with open(arguments.file, "rb") as file:
        checked = _run(arguments, lambda reactor, account: check(reactor, file, account))
    summary = _summary(arguments.file, checked.trailer, checked.digest, began)
    _say(arguments, {**summary, **_origin(checked)}, "whole:", sys.stdout)
    return 0


def import_store(arguments: Namespace) -> int:
    """``import FILE``"""
    config = configuration(arguments)
    source = None if arguments.key is None else _vault(Path(arguments.key))
    began = time.monotonic()
    with open(arguments.file, "rb") as file, as_owner(config.state_dir):
        checked, resumed = _run(
            arguments, lambda reactor, account: _import(config, file, source, reactor, account)
        )
    summary = _summary(arguments.file, checked.trailer, checked.digest, began)
    _say(arguments, {**summary, "resumed": resumed}, "imported", sys.stdout)
    return 0


async def _import(
    config: Config, file: BinaryIO, source: Vault | None, reactor: Any, account: Account
) -> tuple[Checked, bool]:
    checked = await check(reactor, file, account, source)
    if source is None:
        _check_key(config.state_dir / KEY_FILE, checked)
    running = Import(_premises(config, reactor, guest=False), file, checked, account, source)
    try:
        await running.run()
    except StoreUnavailable as error:
        raise CommandFailed(
            f"the store: {error}; once it can be reached, say the same command again: it goes on where it was"
        ) from error
    return checked, running.resumed


def _premises(config: Config, reactor: Any, guest: bool) -> Premises:
    return premises_at(config.store.url, reactor, reactor, config.state_dir, guest=guest)


def _check_key(path: Path, checked: Checked) -> None:
    """Raise `CommandFailed` unless the store's key is the export's: none is made here that would not be."""
    if not path.exists():
        raise CommandFailed(
            f"there is no {path}: copy the secret.key of the exported appliance there, or give it with --key "
            "to have everything sealed anew"
        )
    if _vault(path).key_fingerprint != checked.header.key:
        raise CommandFailed(
            f"{path} is not the key that the export is sealed with: copy the secret.key of the exported "
            "appliance there, or give it with --key to have everything sealed anew"
        )


def _vault(path: Path) -> Vault:
    try:
        return vault_of(Seal(read_key(path)))
    except StoreError as error:
        raise CommandFailed(str(error)) from error


def _run(arguments: Namespace, work: Callable[[Any, Account], Awaitable[T]]) -> T:
    """Do the work in the reactor, with its progress on the terminal; raises `CommandFailed`, OSError."""
    account = Account()

    async def run(reactor: Any) -> T:
        with progress(lambda: account.line, reactor, sys.stderr, arguments.progress):
            return await work(reactor, account)

    with told_failures():
        try:
            return in_reactor(run)
        except _OF_THE_FILE as error:
            raise CommandFailed(f"{arguments.file}: {error}") from error


@contextmanager
def _writing(name: str) -> Iterator[BinaryIO]:
    """A file that has its name once it is whole, and that only its owner may read."""
    if name == STDOUT:
        if sys.stdout.isatty():
            raise CommandFailed("an export is nothing for a terminal: name a file", status=2)
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_names(path.parent)


def _summary(name: str, trailer: Trailer, digest: bytes, began: float) -> Summary:
    return {
        "file": name,
        "rows": trailer.rows,
        "tables": {table: total.rows for table, total in trailer.tables.items()},
        "lost_conversations": trailer.lost,
        "digest": digest.hex(),
        "seconds": round(time.monotonic() - began, 3),
    }


def _origin(checked: Checked) -> Summary:
    header = checked.header
    created = datetime.fromtimestamp(header.created, UTC).isoformat(timespec="seconds")
    return {"created": created.replace("+00:00", "Z"), "version": header.version, "dialect": header.dialect}


def _say(arguments: Namespace, summary: Mapping[str, Any], done: str, stream: Any) -> None:
    if arguments.json:
        write_json(summary, stream)
        return
    tables = summary["tables"]
    words = (
        f"{done} {summary['rows']:,} rows: {tables['devices']:,} devices, {tables['sessions']:,} sessions, "
    )
    words += f"{tables['conversations']:,} conversations"
    if "created" in summary:
        words += f"; of {summary['created']}, by {summary['version']} from {summary['dialect']}"
    if summary.get("resumed"):
        words += "; an interrupted import was continued"
    if summary["lost_conversations"]:
        words += f"; {summary['lost_conversations']:,} conversations could not be read, and are not in it"
    print(f"{words} ({summary['seconds']:.1f} s)", file=stream)
