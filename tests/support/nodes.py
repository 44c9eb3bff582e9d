"""Several appliances on one database: they are its nodes, and share one secret."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from acs.store.ids import from_text
from tests.support.appliance import ApplianceProcess
from tests.support.ports import free_port


def settings(name: str, url: str) -> str:
    """What makes an appliance the node of that name on the database there."""
    place = f"tcp:{free_port()}:interface=127.0.0.1"
    return f'[store]\nurl = "{url}"\n[node]\nname = "{name}"\nendpoint = "{place}"\n'


def start(nodes: Sequence[ApplianceProcess]) -> None:
    """Start them one after the other; the first makes the secret, and the others are given it."""
    first, *others = nodes
    first.start()
    for node in others:
        (node.folder / "state").mkdir(mode=0o700)
        shutil.copy(_secret(first.folder), _secret(node.folder))
        node.start()


def _secret(folder: Path) -> Path:
    return folder / "state" / "secret.key"


def owner(session: str) -> int:
    """The number of the node that had that session, which its ID tells."""
    return (from_text(session) or 0) >> 14 & 255


def owners(appliance: ApplianceProcess) -> set[int]:
    """The numbers of the nodes that have had sessions lately."""
    return {owner(session["id"]) for session in appliance.asked("session", "list", "--limit", "200")}
