"""Trains the dictionary that conversations are compressed with, from those that a state folder holds.

``python packaging/train_dictionary.py STATE_DIR acs/store/dictionaries/N.zstd-dict``

Take a new N, one above the last: what was packed with an older dictionary is unpacked with it for ever.
Train on simulated devices only (`acsctl simulate`): a dictionary holds pieces of what it was trained on,
and is shipped to everybody.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import react
from zstandard import train_dictionary

from acs.store.archive import write_conversation
from acs.store.building import embedded_store
from acs.store.interface import Query

SIZE = 32768
SAMPLES = 4000


async def samples(reactor: Any, state_dir: Path) -> list[bytes]:
    """The newest conversations as they are before compression."""
    store = embedded_store(reactor, reactor, state_dir, guest=True)
    await store.open()
    found: list[bytes] = []
    cursor: str | None = None
    while len(found) < SAMPLES:
        page = await store.sessions(Query(limit=500, cursor=cursor))
        for session in page.items:
            conversation = await store.conversation(session.id)
            if conversation:
                found.append(write_conversation(conversation))
        cursor = page.next
        if cursor is None:
            break
    await store.close()
    return found


async def train(reactor: Any, state_dir: str, target: str) -> None:
    """Train and write."""
    found = await samples(reactor, Path(state_dir))
    dictionary = train_dictionary(SIZE, found, level=1)
    Path(target).write_bytes(dictionary.as_bytes())
    print(f"{len(found)} conversations, {sum(map(len, found))} bytes: {target}")


def main(reactor: Any, *arguments: str) -> Deferred[None]:
    """What `react` runs."""
    return ensureDeferred(train(reactor, *arguments))


if __name__ == "__main__":
    react(main, sys.argv[1:])
