"""The ``check-config`` command: what is wrong with a configuration, before anything runs by it."""

from __future__ import annotations

import os
import sys
import time
from argparse import Namespace
from itertools import chain

from acs.config import Problem
from acs.ctl.errors import CommandFailed
from acs.ctl.reach import configuration
from acs.hooks.errors import BadHooks
from acs.hooks.python_class import class_of
from acs.http.tls_files import BadTls, TlsFiles, TlsProblem, load_all


def check_config(arguments: Namespace) -> int:
    """``check-config``: the certificates, keys and hooks that the configuration names are looked at too."""
    config = configuration(arguments)
    file = arguments.config or os.environ.get("ACS_CONFIG") or "the embedded defaults"
    problems, loaded = _hooks(config.hooks.python), []
    try:
        loaded = load_all((TlsFiles(*each) for each in config.secured), time.time())
    except BadTls as error:
        problems = [*error.problems, *problems]
    if problems:
        raise CommandFailed("\n".join(_told(file, problem) for problem in problems))
    for warning in chain.from_iterable(each.warnings for each in loaded):
        print(_told(file, warning), file=sys.stderr)
    print(f"{file}: nothing wrong")
    return 0


def _hooks(name: str) -> list[TlsProblem]:
    """What is wrong with the operator's class, which is not made."""
    try:
        if name:
            class_of(name)
    except BadHooks as error:
        return [TlsProblem(*each) for each in error.problems]
    return []


def _told(file: str, problem: TlsProblem) -> str:
    return str(Problem(file, problem.place, problem.reason))
