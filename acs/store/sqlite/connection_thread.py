"""A thread that owns one SQLite connection, on which it does one thing after the other."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from acs.store.database import Reactor

T = TypeVar("T")
Connect = Callable[[], sqlite3.Connection]
_Task = tuple[Callable[[sqlite3.Connection], Any], "Deferred[Any]"]


class ConnectionThread:
    """Does work on a connection off the reactor; results come back with one `callFromThread` each.

    ``connect`` is called in the thread with the first work after `start`, and again as long as it fails.
    """

    def __init__(self, reactor: Reactor, name: str, connect: Connect) -> None:
        self._reactor = reactor
        self._connect = connect
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._stopped: Deferred[None] = Deferred()

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def do(self, work: Callable[[sqlite3.Connection], T]) -> Deferred[T]:
        """Fires with what ``work`` returns, or fails with what it raises."""
        done: Deferred[T] = Deferred()
        self._tasks.put((work, done))
        return done

    async def stop(self) -> None:
        """Finish the work that was asked for, close the connection and end the thread."""
        self._tasks.put(None)
        await self._stopped
        self._thread.join()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while (task := self._tasks.get()) is not None:
            work, done = task
            try:
                connection = connection or self._connect()
                result = work(connection)
            except Exception as error:
                self._reactor.callFromThread(done.errback, error)
            else:
                self._reactor.callFromThread(done.callback, result)
                del result
            del task, work, done
        if connection is not None:
            connection.close()
        self._reactor.callFromThread(self._stopped.callback, None)
