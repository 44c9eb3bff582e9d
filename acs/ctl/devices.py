"""The ``device`` commands: what an operator looks up about devices or does to one of them."""

from __future__ import annotations

from argparse import Namespace
from datetime import UTC, datetime

from acs.ctl.api import Api
from acs.ctl.jobs import queue
from acs.ctl.prompts import confirm, new_password
from acs.ctl.rpc_arguments import from_words
from acs.ctl.tables import (
    Column,
    Item,
    members,
    timed,
    write_fields,
    write_json,
    write_list,
)
from acs.ctl.text import moment

_FIRST = ("id", "manufacturer", "oui", "product_class", "serial_number", "software_version", "last_inform")
_TIMES = ("first_seen", "last_inform")
_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("LAST INFORM", lambda device: moment(device.get("last_inform")), whole=True),
    Column("SESSION", "last_session_result"),
    Column("SOFTWARE", "software_version"),
    Column("ADDRESS", "client_ip"),
    Column("VERIFIED", "client_ip_verified"),
    Column("MANUFACTURER", "manufacturer"),
)

NOTIFICATIONS = {
    1: "passive",
    2: "active",
    3: "passive-lightweight",
    4: "passive and passive-lightweight",
    5: "active-lightweight",
    6: "passive and active-lightweight",
}
"""What the Notification attribute says (TR-069 A.3.2.4); 0 is none."""


def list_devices(api: Api, arguments: Namespace) -> int:
    """``device list``"""
    devices = api.items("devices", query=dict(arguments.filters), limit=arguments.limit)
    write_list(_COLUMNS, devices, arguments.json)
    return 0


def show(api: Api, arguments: Namespace) -> int:
    """``device show ID``"""
    device = api.get("devices", arguments.device)
    if arguments.json:
        write_json(device)
        return 0
    write_fields(members(timed(device, _TIMES), _FIRST))
    return 0


def parameters(api: Api, arguments: Namespace) -> int:
    """``device parameters ID [PREFIX]``"""
    query = {"prefix": arguments.prefix, "q": arguments.q, "secrets": arguments.secrets}
    found = api.items("devices", arguments.device, "parameters", query=query, limit=arguments.limit)
    columns = (
        Column("NAME", "name", whole=True),
        Column("VALUE", "value"),
        Column("TYPE", "type"),
        Column("FLAGS", flags),
    )
    write_list(columns, found, arguments.json)
    return 0


def history(api: Api, arguments: Namespace) -> int:
    """``device history ID``"""
    return _over_time(api, arguments, "history", Column("VALUE", "value"))


def changes(api: Api, arguments: Namespace) -> int:
    """``device changes ID``"""
    return _over_time(api, arguments, "changes", Column("OLD", "old"), Column("NEW", "new"))


def _over_time(api: Api, arguments: Namespace, what: str, *values: Column) -> int:
    """List what is known of a device's parameters by time, with these columns for the values."""
    query = {**dict(arguments.filters), "secrets": arguments.secrets}
    found = api.items("devices", arguments.device, what, query=query, limit=arguments.limit)
    columns = (
        Column("TIME", lambda item: moment(item["time"]), whole=True),
        Column("NAME", "name", whole=True),
        *values,
    )
    write_list(columns, found, arguments.json)
    return 0


def flags(parameter: Item) -> str:
    """``w`` where it can be written, then the kind of notification; ``-`` where neither is so, or known."""
    writable = ["w"] if parameter.get("writable") else []
    notified = NOTIFICATIONS.get(parameter.get("notification") or 0, "")
    return " ".join(filter(None, (*writable, notified))) or "-"


def reboot(api: Api, arguments: Namespace) -> int:
    """``device reboot ID``"""
    return queue(api, arguments, "Reboot", {})


def factory_reset(api: Api, arguments: Namespace) -> int:
    """``device factory-reset ID``"""
    confirm(f"Reset {arguments.device} to what it left the factory with?", arguments.yes)
    return queue(api, arguments, "FactoryReset", {})


def diagnose(api: Api, arguments: Namespace) -> int:
    """``device diagnose ID DIAGNOSTIC [NAME=VALUE...]``"""
    return queue(api, arguments, arguments.diagnostic, from_words(arguments.diagnostic, arguments.words))


def configure(api: Api, arguments: Namespace) -> int:
    """``device configure ID``"""
    now = datetime.now(UTC).isoformat()
    device = api.patch("devices", arguments.device, body={"desired_config_level": now})
    print(f"the next session brings it to level {device['desired_config_level']['value']}")
    return 0


def refresh(api: Api, arguments: Namespace) -> int:
    """``device refresh ID``"""
    api.post("devices", arguments.device, "refresh", body={})
    print("the next session reads all parameters")
    return 0


def credentials(api: Api, arguments: Namespace) -> int:
    """``device credentials ID``"""
    place = ("devices", arguments.device, "credentials")
    if arguments.forget:
        api.delete(*place)
        print("forgotten")
    elif arguments.set:
        password = new_password(arguments.password_stdin)
        api.put(*place, body={"username": arguments.set, "password": password})
        print("set here; the device is not told")
    else:
        found = api.get(*place, query={"secrets": arguments.secrets})
        write_json(found) if arguments.json else write_fields(members(found))
    return 0


def delete(api: Api, arguments: Namespace) -> int:
    """``device delete ID``"""
    confirm(f"Forget {arguments.device}, its parameters and its jobs?", arguments.yes)
    api.delete("devices", arguments.device)
    print("deleted")
    return 0
