"""The ``reload`` command: what can change while the appliance runs is read anew."""

from __future__ import annotations

from argparse import Namespace

from acs.ctl.api import Api
from acs.ctl.tables import write_json
from acs.ctl.text import printable


def reload(api: Api, arguments: Namespace) -> int:
    """``reload``: what was read anew, and what needs a restart, a line each."""
    done = api.post("reload", body={})
    if arguments.json:
        write_json(done)
        return 0
    for key in done["reloaded"]:
        print(f"reloaded: {printable(key)}")
    for key in done["restart"]:
        print(f"changed, and needs a restart: {printable(key)}")
    if not done["reloaded"] and not done["restart"]:
        print("nothing to reload")
    return 0
