"""The command line ``acsctl``, by which an operator works with the appliance.

That is the service while it runs, its store and its configuration.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from acs.ctl.arguments import parse
from acs.ctl.errors import CommandFailed
from acs.ctl.text import printable

_INTERRUPTED = 128 + signal.SIGINT
_CLOSED_PIPE = 128 + signal.SIGPIPE


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the process's exit status: 0 done, 1 failed, 2 asked for in the wrong way."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        arguments = parse(argv)
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except CommandFailed as failed:
        print("acsctl:", printable(failed.reason, keep="\n"), file=sys.stderr)
        return failed.status
    except BrokenPipeError:
        _discard_output()
        return _CLOSED_PIPE
    except OSError as error:
        print("acsctl:", printable(_told(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED
    return status


def _told(error: OSError) -> str:
    """What the system said, after the name of the file where it names one."""
    told = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {told}" if error.filename else told


def _discard_output() -> None:
    """Let what is still buffered go nowhere, or Python would complain about the closed pipe when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
