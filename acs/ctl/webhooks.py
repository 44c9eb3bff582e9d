"""The ``webhook`` commands: where the operator's systems are told what happens."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from acs.ctl.api import Api
from acs.ctl.declaring import Groups, remote_command, takes_json, takes_limit
from acs.ctl.errors import CommandFailed
from acs.ctl.prompts import confirm
from acs.ctl.tables import Column, Item, write_json, write_list
from acs.ctl.text import moment, shown
from acs.store.records.webhooks import DeliveryState, WebhookEvent

_COLUMNS = (
    Column("ID", "id", whole=True),
    Column("STATE", lambda webhook: _state(webhook), whole=True),
    Column("WAITING", lambda webhook: str(webhook["queued"])),
    Column("EVENTS", lambda webhook: ",".join(map(shown, webhook["events"]))),
    Column("URL", "url"),
)
_DELIVERIES = (
    Column("ID", "id", whole=True),
    Column("CREATED", lambda delivery: moment(delivery["created"]), whole=True),
    Column("EVENT", "event", whole=True),
    Column("STATE", "state", whole=True),
    Column("TRIES", lambda delivery: str(delivery["attempts"])),
    Column("STATUS", lambda delivery: str(delivery["status"] or "-")),
    Column("DEVICE", "device"),
    Column("DETAIL", "detail"),
)


def list_webhooks(api: Api, arguments: Namespace) -> int:
    """``webhook list``"""
    write_list(_COLUMNS, api.items("webhooks", limit=arguments.limit), arguments.json)
    return 0


def add(api: Api, arguments: Namespace) -> int:
    """``webhook add URL``: the one time that a secret is shown that the appliance makes."""
    said: dict[str, Any] = {
        "url": arguments.address,
        "events": arguments.events.split(","),
        "tags": arguments.tags or [],
        "models": arguments.models or [],
    }
    if arguments.secret_stdin:
        said["secret"] = sys.stdin.readline().rstrip("\n")
    made = api.post("webhooks", body=said)
    if arguments.json:
        write_json(made)
        return 0
    print(shown(made["id"]))
    if "secret" in made:
        print(f"secret: {shown(made['secret'])}")
    return 0


def remove(api: Api, arguments: Namespace) -> int:
    """``webhook remove ID``"""
    confirm(f"Tell the webhook {arguments.webhook} nothing more, not even what waits?", arguments.yes)
    api.delete("webhooks", arguments.webhook)
    print("removed")
    return 0


def test(api: Api, arguments: Namespace) -> int:
    """``webhook test ID``: fails where the message is not taken."""
    sent = api.post("webhooks", arguments.webhook, "test", body=None)
    if arguments.json:
        write_json(sent)
    took = f"{sent['seconds']:.1f} s"
    if sent["state"] != "delivered":
        status = f"status {sent['status']}" if sent["status"] else "no answer"
        raise CommandFailed(f"not taken, after {took}: {status}: {shown(sent['detail'] or '-')}")
    if not arguments.json:
        print(f"taken, after {took}: status {sent['status']}")
    return 0


def deliveries(api: Api, arguments: Namespace) -> int:
    """``webhook deliveries ID``"""
    query = {"state": arguments.state}
    found = api.items("webhooks", arguments.webhook, "deliveries", query=query, limit=arguments.limit)
    write_list(_DELIVERIES, found, arguments.json)
    return 0


def pause(api: Api, arguments: Namespace) -> int:
    """``webhook pause ID``"""
    return _switch(api, arguments, "paused")


def resume(api: Api, arguments: Namespace) -> int:
    """``webhook resume ID``"""
    return _switch(api, arguments, "active")


def _switch(api: Api, arguments: Namespace, state: str) -> int:
    changed = api.patch("webhooks", arguments.webhook, body={"state": state})
    print(f"the webhook is {shown(changed['state'])}; {changed['queued']} messages wait")
    return 0


def _state(webhook: Item) -> str:
    if webhook["state"] == "active" and webhook["failing"]:
        return "failing"
    return str(webhook["state"])


def declare_webhooks(group: Groups) -> None:
    """Declare the commands."""
    listing = remote_command(group, "list", list_webhooks, "list who is told what happens")
    takes_limit(listing)
    new = remote_command(group, "add", add, "have somebody told what happens")
    # Not "url": that is the console's.
    new.add_argument("address", metavar="URL", help="where messages are posted, http:// or https://")
    words = f"with commas between them: {', '.join(WebhookEvent)}"
    new.add_argument("--events", required=True, metavar="EVENTS", help=words)
    new.add_argument("--tag", dest="tags", action="append", metavar="TAG", help="of devices with this tag")
    words = "of devices of this Manufacturer/ProductClass"
    new.add_argument("--model", dest="models", action="append", metavar="MODEL", help=words)
    words = "read the secret from standard input; else one is made, and shown this once"
    new.add_argument("--secret-stdin", action="store_true", help=words)
    away = remote_command(group, "remove", remove, "tell it nothing more")
    away.add_argument("--yes", action="store_true", help="do not ask")
    trial = remote_command(group, "test", test, "send a message, and say whether it was taken")
    said = remote_command(group, "deliveries", deliveries, "list what was said to it, and what waits")
    said.add_argument("--state", choices=tuple(DeliveryState), help="those in this state")
    takes_limit(said)
    halt = remote_command(group, "pause", pause, "send it nothing for the moment: messages wait")
    go_on = remote_command(group, "resume", resume, "send it what waits, at once")
    for parser in (away, trial, said, halt, go_on):
        parser.add_argument("webhook", metavar="WEBHOOK", help="a webhook's id")
    for parser in (listing, new, trial, said):
        takes_json(parser)
