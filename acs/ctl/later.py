"""Commands whose modules are loaded when they are run, so that no other command waits for these."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def later(module: str, name: str) -> Callable[..., Any]:
    """What a module of `acs.ctl` has under that name, to be called as if it were here."""

    def run(*given: Any, **named: Any) -> Any:
        return getattr(import_module(f"acs.ctl.{module}"), name)(*given, **named)

    return run
