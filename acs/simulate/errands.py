"""The errands of a simulated CPE: what it does with files between its sessions.

They are transfers, and changes of software modules.
"""

from __future__ import annotations

from acs.cwmp import messages as m
from acs.cwmp.values import NO_FAULT, FaultStruct, OpResultStruct
from acs.simulate import firmware
from acs.simulate.device import Device
from acs.simulate.firmware import Fate
from acs.simulate.transfers import (
    CORRUPTED,
    Fetched,
    Files,
    Transfer,
    TransferFailed,
    perform,
    reported,
)
from acs.simulate.tree import timestamp


async def run_errand(device: Device, files: Files) -> None:
    """Do the one that is due first, if any; how it ended is then to be told to the ACS."""
    if device.transfers.due() <= device.now:
        await _transfer(device, device.transfers.next(), files)
    elif device.module_changes:
        await _change_modules(device, device.module_changes.pop(0), files)


async def _transfer(device: Device, transfer: Transfer, files: Files) -> None:
    started = device.now
    try:
        fetched = await perform(transfer, files, lambda: _uploaded(device))
    except TransferFailed as failure:
        if not transfer.tries:
            code = reported(transfer, failure, device.model.cwmp_version)
            _ended(device, transfer, FaultStruct(code, failure.reason[:256]), started)
        return
    if fetched is not None and transfer.request.FileType.startswith(firmware.IMAGE):
        _flash(device, transfer, fetched, started)
    else:
        _ended(device, transfer, NO_FAULT, started)


def _flash(device: Device, transfer: Transfer, fetched: Fetched, started: float) -> None:
    """Run the image, unless something else becomes of it."""
    if device.fate is Fate.VANISHES:
        device.transfers.ended(transfer)
        device.vanish()
    elif device.fate is Fate.FAILS:
        failure = TransferFailed(CORRUPTED, "the image is broken")
        code = reported(transfer, failure, device.model.cwmp_version)
        _ended(device, transfer, FaultStruct(code, failure.reason), started)
    else:
        url, versions = transfer.request.URL, device.model.versions
        version = firmware.version_after(url, fetched.start, device.version, versions)
        device.run_image(device.version if device.fate is Fate.KEEPS else version)
        _ended(device, transfer, NO_FAULT, started)


def _ended(device: Device, transfer: Transfer, fault: FaultStruct, started: float) -> None:
    device.transfers.ended(transfer)
    key, times = transfer.request.CommandKey, (timestamp(started), timestamp(device.now))
    device.ask(m.TransferComplete(key, fault, *times), transfer.method)


async def _change_modules(device: Device, request: m.ChangeDUState, files: Files) -> None:
    results: list[OpResultStruct] = []
    for operation in request.Operations:
        results += await device.modules.change(operation, files)
    device.ask(m.DUStateChangeComplete(tuple(results), request.CommandKey), "ChangeDUState")


def _uploaded(device: Device) -> bytes:
    """What the device sends when it is asked for its configuration or its log."""
    tree = device.tree
    lines = [f"# {device.device_id.key} {device.version} {timestamp(device.now)}"]
    for path in tree.below(""):
        entry = tree.entry(path)
        if entry is not None and entry.writable and not entry.hidden and not path.endswith("."):
            lines.append(f"{path}={tree.value(path)}")
    return "\n".join([*lines, ""]).encode()
