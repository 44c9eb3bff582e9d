"""Learns when something in the folder has changed, as far as the system tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.firmware import inotify
from acs.firmware.inotify import Event, Inotify
from acs.firmware.names import UPLOADS, ignored

STALLED = 600.0
"""Seconds after which a file that is open to be written, but is not, counts as written."""

log = Logger()


class Watching:
    """Calls ``changed`` when there may be something else than before, and ``touched`` with the path of a file
    that somebody begins to write to.

    Each look at the folder has every folder in it watched: `begin`, `watch` for each, `settle`.

    :ivar whole: whether nothing can change unnoticed.
    """

    def __init__(
        self, reactor: Any, clock: IReactorTime, changed: Callable[[], None], touched: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._changed, self._touched = changed, touched
        self._paths: dict[int, str] = {}
        self._seen: dict[int, str] = {}
        self._writing: dict[str, float] = {}
        self._limited = self.whole = False
        self._inotify: Inotify | None = None
        try:
            self._inotify = Inotify(reactor, self._heard)
        except OSError as error:
            log.warn("the folder of files is looked at again and again, as: {reason}", reason=str(error))

    def begin(self) -> None:
        """A look begins."""
        self._seen, self._limited = {}, False

    def watch(self, folder: int, path: str) -> None:
        """Watch an open folder; in whatever thread looks at it."""
        if self._inotify is None or self._limited:
            return
        try:
            self._seen[self._inotify.watch(folder)] = path
        except OSError as error:
            self._limited = True
            if self.whole:
                log.warn("not all folders of files can be watched: {reason}", reason=str(error))

    def settle(self, complete: bool = True) -> None:
        """The look is over: those that were not there are watched no more, if it was ``complete``."""
        gone = self._paths.keys() - self._seen.keys() if complete else ()
        for number in gone:
            if self._inotify is not None:
                self._inotify.forget(number)
        self._paths = self._seen if complete else {**self._paths, **self._seen}
        self.whole = complete and self._inotify is not None and not self._limited

    def being_written(self) -> Iterator[str]:
        """Paths of files that somebody is writing to."""
        now = self._clock.seconds()
        for path, last in [*self._writing.items()]:
            if now - last < STALLED:
                yield path
            else:
                del self._writing[path]

    def close(self) -> None:
        """Watch nothing."""
        if self._inotify is not None:
            self._inotify.close()

    def _heard(self, event: Event) -> None:
        if event.mask & inotify.IGNORED:
            return
        if event.mask & inotify.OVERFLOW:
            self._writing.clear()  # who has ended may not have been told
        name = event.name.decode("utf-8", "surrogateescape")
        folder = self._paths.get(event.watch, self._seen.get(event.watch))
        if name and ignored(name, bool(event.mask & inotify.IS_FOLDER)) or (folder, name) == ("", UPLOADS):
            return
        if folder is None or not name:
            self._changed()
        else:
            self._at(folder + name, event.mask)

    def _at(self, path: str, mask: int) -> None:
        if mask & inotify.MODIFY:
            begins = path not in self._writing
            self._writing[path] = self._clock.seconds()
            if not begins:
                return
            self._touched(path)
        elif mask & (inotify.CLOSE_WRITE | inotify.MOVED_FROM | inotify.DELETE):
            self._writing.pop(path, None)
        self._changed()
