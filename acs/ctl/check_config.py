"""The ``check-config`` command: what is wrong with a configuration, before anything runs by it."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from itertools import chain

from acs.config import Problem
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.http.tls_files import BadTls, TlsFiles, TlsProblem, load_all


def check_config(arguments: Namespace) -> int:
    """``check-config``: the certificates and keys that the configuration names are looked at too."""
    config = configuration(arguments)
    file = arguments.config or "the embedded defaults"
    try:
        loaded = load_all((TlsFiles(*each) for each in config.secured), time.time())
    except BadTls as error:
        raise CommandFailed("\n".join(_told(file, problem) for problem in error.problems)) from error
    for warning in chain.from_iterable(each.warnings for each in loaded):
        print(_told(file, warning), file=sys.stderr)
    print(f"{file}: nothing wrong")
    return 0


def _told(file: str, problem: TlsProblem) -> str:
    return str(Problem(file, problem.place, problem.reason))
