"""Runs the appliance as twistd would, telling on which ports it listens."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.logger import globalLogBeginner

from acs import config, logs
from acs.service import Appliance
from acs.workers import number_of


def main(path: str) -> None:
    """Run until SIGTERM."""
    settings = config.load(path)
    globalLogBeginner.beginLoggingTo([logs.observer(sys.stderr, settings.log.level, settings.log.format)])
    appliance = Appliance(
        settings,
        reactor,
        announce=lambda url, password: None,
        worker=number_of(os.environ),
        again=[sys.executable, "-m", "benchmarks.appliance", str(Path(path).absolute())],
    )
    appliance.startService()

    def tell(_: Any) -> None:
        ports = [appliance.ports[listener.name].getHost().port for listener in settings.cwmp]
        print("port", *ports, file=sys.__stdout__, flush=True)
        if "console" in appliance.ports:  # of several workers the first has it
            print("console", appliance.ports["console"].getHost().port, file=sys.__stdout__, flush=True)

    appliance.started.addCallback(tell)
    core: Any = reactor
    core.addSystemEventTrigger("before", "shutdown", appliance.stopService)
    core.run()


if __name__ == "__main__":
    main(sys.argv[1])
