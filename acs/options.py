"""The command line of ``twistd acs``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from twisted.logger import ILogObserver
from twisted.python import usage

from acs import config as configuration
from acs import logs
from acs.config import Config, ConfigError, Problem
from acs.reloading import Refusal, ReloadRefused

_DEAF = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"


class Options(usage.Options):
    """The command line of ``twistd acs``."""

    synopsis = "[-c FILE]"
    longdesc = "TR-069 auto-configuration server. Without a file: embedded defaults, state in ./acs-state."
    optParameters = [["config", "c", None, "Configuration file (TOML)."]]

    def postOptions(self) -> None:
        """Load the configuration: what is wrong with it is said before anything is started."""
        self._path = Path(self["config"]).absolute() if self["config"] else None
        try:
            self.config = configuration.load(self["config"])
        except ConfigError as error:
            print(error, file=sys.stderr)
            raise SystemExit(1) from None

    def refuse(self, problems: Iterable[tuple[str, str]]) -> NoReturn:
        """End, for what is wrong with keys of the configuration; reasons by key."""
        file = self["config"] or "defaults"
        print(ConfigError([Problem(file, *each) for each in problems]), file=sys.stderr)
        raise SystemExit(1)

    def load_again(self) -> Config:
        """The configuration as it is now; raises `ReloadRefused`."""
        try:
            return configuration.load(str(self._path) if self._path else None)
        except ConfigError as error:
            raise ReloadRefused(Refusal(each.key, each.reason) for each in error.problems) from error

    def again(self) -> list[str]:
        """The command line that starts another process of this kind.

        SIGHUP does not end it before it knows what to do then, which is when it has read nothing yet.
        """
        twistd: Mapping[str, Any] = self.parent or {}
        command = [sys.executable, "-c", f"{_DEAF}; from twisted.scripts.twistd import run; run()"]
        command += ["--nodaemon", "--pidfile=", *_logfile(twistd.get("logfile"))]
        return [*command, "acs", "--config", str(Path(self["config"] or "").absolute())]

    def observer(self) -> ILogObserver | None:
        """Where the log goes: to twistd's ``--logfile``, standard output without one; None: as twistd's own
        options for it say."""
        twistd: Mapping[str, Any] = self.parent or {}
        if twistd.get("logger") or twistd.get("syslog"):
            return None
        logfile = twistd.get("logfile") or ("-" if twistd.get("nodaemon", True) else "twistd.log")
        return logs.observer(logs.stream(logfile), self.config.log.level, self.config.log.format)


def _logfile(name: str | None) -> list[str]:
    return [] if name in (None, "", "-") else ["--logfile", str(Path(name).absolute())]
