"""The commands about the database as a whole: ``backup``, ``vacuum``."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from acs import __version__
from acs.config import Config
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.ctl.store import as_owner, of_store, told_failures
from acs.store.keeping import keep, shrink, tidy
from acs.store.places import DATABASE_FILE, is_shared


def backup(arguments: Namespace) -> int:
    """``backup``: the embedded database as a file beside it, while the appliance runs or not."""
    if arguments.if_embedded and not _is_embedded(configuration(arguments)):
        return 0
    config = of_store(arguments)
    if is_shared(config.store.url):
        raise CommandFailed("the database is PostgreSQL's: its pg_dump makes backups of it; or say export")
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{arguments.name or __version__}"
    with as_owner(config.state_dir), told_failures():
        print(keep(config.state_dir, name, arguments.keep))
    return 0


def _is_embedded(config: Config) -> bool:
    return not is_shared(config.store.url) and (config.state_dir / DATABASE_FILE).exists()


def vacuum(arguments: Namespace) -> int:
    """``vacuum``: the database takes no more room than it needs."""
    config = of_store(arguments)
    with as_owner(config.state_dir), told_failures():
        if is_shared(config.store.url):
            tidy(config.store.url)
            print("PostgreSQL has made room for new rows where old ones were")
            return 0
        before, after = shrink(config.state_dir)
    print(f"{before} bytes before, {after} now")
    return 0
