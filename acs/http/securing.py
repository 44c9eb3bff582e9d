"""TLS of all listeners as one whole, replaced while they listen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from acs.http.handshakes import secured
from acs.http.tls import ServerTls
from acs.http.tls_files import BadTls, Loaded, TlsFiles, load_all
from acs.reloading import Change, Refusal, ReloadRefused

log = Logger()


class Securing:
    """The listeners on TLS, each known by the place of its ``tls`` table in the configuration.

    :param clock: also tells what the time is, seconds since 1970.
    :param used: told what is used from now on, listener by listener.
    """

    def __init__(self, clock: IReactorTime, used: Callable[[Loaded], None]) -> None:
        self._clock = clock
        self._used = used
        self._tls: dict[str, ServerTls] = {}
        self._files: dict[str, TlsFiles] = {}

    def load(self, listeners: Iterable[TlsFiles]) -> list[Loaded]:
        """Read the files of these listeners, and change nothing; it blocks.

        :raises acs.http.tls_files.BadTls: with all that is wrong with any of them.
        """
        return load_all(listeners, self._clock.seconds())

    def changes(self, listeners: Iterable[TlsFiles]) -> list[Change]:
        """Read them anew for those that listen; it blocks.

        Their clients need a certificate as before: what else goes with that is not changed here.

        :raises acs.reloading.ReloadRefused: with all that is wrong with any of them.
        """
        try:
            loaded = self.load(
                replace(each, client_required=running.client_required)
                for each in listeners
                if (running := self._files.get(each.place)) and running.listener == each.listener
            )
        except BadTls as error:
            raise ReloadRefused(Refusal(each.place, each.reason) for each in error.problems) from error
        return [Change(each.files.place, partial(self.use, [each])) for each in loaded]

    def use(self, loaded: Sequence[Loaded]) -> None:
        """Use what was loaded, for connections from now on."""
        for each in loaded:
            for warning in each.warnings:
                log.warn("{place}: {reason}", place=warning.place, reason=warning.reason)
            place = each.files.place
            self._files[place] = each.files
            if place in self._tls:
                self._tls[place].contexts = each.contexts
            else:
                self._tls[place] = ServerTls(each.contexts)
            self._used(each)

    def behind(self, place: str, factory: Any) -> Any:
        """The factory behind its listener's TLS, where it has any."""
        tls = self._tls.get(place)
        return factory if tls is None else secured(factory, tls, self._clock, self._files[place].listener)

    def scheme(self, place: str) -> str:
        """How the URL of a listener begins."""
        return "https" if place in self._tls else "http"
