"""Tests of the appliance, laid out as `acs/` is.

A test that needs a program or the reference data says so with `needs_program` or `needs_reference`, which
give the `skip` that trial understands::

    class ImportTests(TestCase):
        skip = needs_program("psql")

On a developer's machine a missing program skips the test.  Where ACS_TESTS_FORBID_SKIPS is set, as in CI, it
is an error: the machine is then to have every program, and a check that did not run is not to look like one
that passed.  The reference data lies outside the repository, so its absence only ever skips.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings

# How fast a machine is, with other tests beside, is nothing that a test is about.
settings.register_profile(
    "any machine", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

if "twisted.trial" in sys.modules:  # before anything of the appliance is imported
    from tests.support import leaks

    leaks.watch()

T = TypeVar("T")

WITHOUT = "ACS_TESTS_WITHOUT"
"""The variable that names the fast ways which are off (`tests.support.ways`), with commas between; or all."""
ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT.parent / "shared" / "reference"


class ProgramMissing(Exception):
    """A test needs a program that is not on this machine, where no test may be skipped for that."""


def needs_program(name: str) -> str | None:
    """Why a test that runs the program `name` must be skipped; `None` where it is installed."""
    if shutil.which(name):
        return None
    if os.environ.get("ACS_TESTS_FORBID_SKIPS"):
        raise ProgramMissing(f"{name} is not installed, and ACS_TESTS_FORBID_SKIPS is set")
    return f"the program {name} is not installed"


def needs_reference(path: str) -> str | None:
    """Why a test that reads `path` below the reference data must be skipped; `None` where it is there."""
    if (REFERENCE / path).exists():
        return None
    return f"the reference data {path} is not beside the repository"


def switch_off(said: str) -> None:
    """Have the fast ways be off that this names."""
    if said:
        from tests.support.ways import WAYS, switch

        switch(WAYS if said == "all" else said.split(","))


def only_with(way: str) -> Callable[[T], T | None]:
    """What is tested is that a fast way is taken: where that is off, trial finds no such test."""
    return lambda test: None if is_off(way) else test


def is_off(way: str) -> bool:
    """Whether a fast way is."""
    said = os.environ.get(WITHOUT, "")
    return said == "all" or way in said.split(",")


if "twisted.trial" in sys.modules:
    switch_off(os.environ.get(WITHOUT, ""))
