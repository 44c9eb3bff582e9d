"""``acsctl simulate``, which runs until it is interrupted."""

from __future__ import annotations

from argparse import Namespace
from functools import partial

from acs.ctl.running import in_reactor
from acs.simulate import command


def simulate(arguments: Namespace) -> int:
    """Let simulated devices live."""
    return in_reactor(partial(command.run, arguments))
