"""The command line of ``acsctl device``."""

from __future__ import annotations

from argparse import ArgumentParser

from acs.ctl import devices, swaps, upgrades, uploads, waking
from acs.ctl.bulks import declare_bulks
from acs.ctl.declaring import (
    Groups,
    list_command,
    queues,
    remote_command,
    takes_filter,
    takes_json,
    takes_limit,
    takes_secrets,
)
from acs.cwmp.diagnostics import DIAGNOSTICS
from acs.store.listing.listings import CHANGES, DEVICES, READINGS


def declare_devices(group: Groups) -> None:
    """Declare its commands."""
    listing = list_command(group, "list", devices.list_devices, "list devices", DEVICES)
    takes_filter(listing, "sort", "a member to sort by; with - before it, backwards")
    show = remote_command(group, "show", devices.show, "show what is known of a device")
    parameters = remote_command(group, "parameters", devices.parameters, "list a device's parameters")
    refresh = remote_command(group, "refresh", devices.refresh, "read all parameters in the next session")
    configure = remote_command(
        group, "configure", devices.configure, "bring a device to what is wanted of it anew"
    )
    reboot = remote_command(group, "reboot", devices.reboot, "restart a device")
    reset = remote_command(
        group, "factory-reset", devices.factory_reset, "reset a device to its factory settings"
    )
    delete = remote_command(group, "delete", devices.delete, "forget a device")
    credentials = remote_command(
        group, "credentials", devices.credentials, "what a device authenticates itself with"
    )
    diagnose = remote_command(
        group, "diagnose", devices.diagnose, "have a device ping, trace, test its speed, ..."
    )
    for parser in (show, parameters, refresh, configure, reboot, reset, delete, credentials, diagnose):
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    parameters.add_argument("prefix", nargs="?", metavar="PREFIX", help="only names that begin with this")
    parameters.add_argument("--q", metavar="TEXT", help="only names and values with this in them")
    takes_limit(parameters)
    for parser in (show, parameters, credentials):
        takes_json(parser)
    for parser in (parameters, credentials):
        takes_secrets(parser)
    for declare in (_history, _waking, _swaps, _upgrades, _uploads, declare_bulks):
        declare(group)
    _credentials(credentials)
    _diagnostic(diagnose)
    for parser in (reboot, reset, diagnose):
        queues(parser)
    for parser in (reset, delete):
        parser.add_argument("--yes", action="store_true", help="do not ask")


def _history(group: Groups) -> None:
    readings = remote_command(
        group, "history", devices.history, "list values of a device's tracked parameters"
    )
    for name in ("name", "since", "until", "sort"):
        takes_filter(
            readings, name, READINGS.filters[name].about if name != "sort" else "id: the oldest first"
        )
    changes = remote_command(
        group, "changes", devices.changes, "list what has changed of a device's parameters, by whomever"
    )
    takes_filter(changes, "name", CHANGES.filters["name"].about)
    for parser in (readings, changes):
        parser.set_defaults(filters=[])
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
        for add in (takes_json, takes_limit, takes_secrets):
            add(parser)


def _waking(group: Groups) -> None:
    wake = remote_command(
        group, "wake", waking.wake, "have a device call now, and tell in at most 45 s whether it has"
    )
    wakes = remote_command(group, "wakes", waking.wakes, "list what came of waking a device")
    told = remote_command(group, "waking", waking.waking, "show what a device is woken with")
    for parser in (wake, wakes, told):
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
        takes_json(parser)
    wake.add_argument(
        "--method", choices=("auto", "http", "xmpp", "udp"), default="auto", help="by this way alone"
    )
    takes_limit(wakes)
    takes_secrets(told)
    told.add_argument("--renew", action="store_true", help="give it new passwords in its next session")


def _swaps(group: Groups) -> None:
    backup = remote_command(
        group, "backup", swaps.backup, "show what a device is to its subscriber, as a configuration"
    )
    swap = remote_command(group, "swap", swaps.swap, "put a device's settings on the one that replaces it")
    for parser, name in ((backup, "DEVICE"), (swap, "OLD")):
        parser.add_argument("device", metavar=name, help="as OUI-ProductClass-SerialNumber")
        takes_json(parser)
    takes_secrets(backup)
    swap.add_argument("replacement", metavar="NEW", help="the device that takes its place")
    swap.add_argument("--force", action="store_true", help="though NEW has a configuration of its own")
    swap.add_argument("--delete", action="store_true", help="forget the old device afterwards")
    swap.add_argument("--yes", action="store_true", help="do not ask")


def _upgrades(group: Groups) -> None:
    upgrade = remote_command(
        group, "upgrade", upgrades.upgrade, "bring a device to a version of its firmware"
    )
    rollback = remote_command(
        group, "rollback", upgrades.rollback, "bring a device back to the version that it ran before"
    )
    for parser in (upgrade, rollback):
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
        takes_json(parser)
    words = "newer or older; default: try anew what is wanted of it already"
    upgrade.add_argument("version", nargs="?", metavar="VERSION", help=words)


def _uploads(group: Groups) -> None:
    listing = remote_command(group, "uploads", uploads.uploads, "list what a device has uploaded")
    one = remote_command(group, "upload", uploads.upload, "get what a device has uploaded; it is logged")
    for parser in (listing, one):
        parser.add_argument("device", metavar="DEVICE", help="as OUI-ProductClass-SerialNumber")
    takes_json(listing)
    takes_limit(listing)
    one.add_argument("job", metavar="JOB", help="the job for which it came")
    one.add_argument("-o", "--output", metavar="FILE", help="write it there")
    instead = one.add_mutually_exclusive_group()
    instead.add_argument(
        "--diff",
        nargs="?",
        const="",
        metavar="JOB",
        help="what differs in this one, or the newest",
    )
    instead.add_argument("--delete", action="store_true", help="remove it")


def _credentials(credentials: ArgumentParser) -> None:
    which = credentials.add_mutually_exclusive_group()
    which.add_argument("--set", metavar="USER", help="it has this user name, and the password asked for")
    which.add_argument("--forget", action="store_true", help="it has those of its factory again")
    credentials.add_argument("--password-stdin", action="store_true", help="read the password from there")


def _diagnostic(diagnose: ArgumentParser) -> None:
    diagnose.add_argument(
        "diagnostic", metavar="DIAGNOSTIC", choices=DIAGNOSTICS, help=", ".join(DIAGNOSTICS)
    )
    words = "NAME=VALUE, by the standard's names, such as Host=192.0.2.1"
    diagnose.add_argument("words", nargs="*", metavar="ARGUMENT", help=words)
