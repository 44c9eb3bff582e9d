"""What a simulated CPE answers to each RPC that an ACS may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from acs.cwmp import messages as m
from acs.cwmp.messages import AnyRequest, Message, Response
from acs.cwmp.rpcs import BY_NAME
from acs.simulate import diagnostics, parameters
from acs.simulate.device import Device
from acs.simulate.refusals import INVALID_ARGUMENTS, Refusal

NOT_SUPPORTED = 9000
_LATER = 1
_LONGEST_KEY = 32
_LIGHTWEIGHT_SINCE = (1, 4)


def answer(device: Device, request: AnyRequest) -> Message:
    """Carry out a request; its response, or the fault that says why not."""
    try:
        return _carry_out(device, request)
    except Refusal as refusal:
        return refusal.fault


def _carry_out(device: Device, request: AnyRequest) -> Message:
    known = ANSWERS.get(type(request))
    if known is None or not _is_of_its_time(device, type(request).__name__):
        raise Refusal(NOT_SUPPORTED)
    for key in ("CommandKey", "ParameterKey"):
        # It will have to be told again, in no more than this.
        if len(getattr(request, key, None) or "") > _LONGEST_KEY:
            raise Refusal(INVALID_ARGUMENTS, f"{key} is longer than {_LONGEST_KEY} characters")
    response: Response = known(device, request)
    return response


def _version(device: Device) -> tuple[int, int]:
    major, _, minor = device.model.cwmp_version.partition(".")
    return int(major), int(minor)


def _is_of_its_time(device: Device, rpc: str) -> bool:
    """Whether the device's version of CWMP has this RPC."""
    return BY_NAME[rpc].since <= _version(device)


def _methods(device: Device, _: m.GetRPCMethods) -> m.GetRPCMethodsResponse:
    names = (request.__name__ for request in ANSWERS)
    return m.GetRPCMethodsResponse(tuple(name for name in names if _is_of_its_time(device, name)))


def _set_values(device: Device, request: m.SetParameterValues) -> m.SetParameterValuesResponse:
    url = device.acs_url
    parameters.set_values(device.tree, request.ParameterList, request.ParameterKey)
    for value in request.ParameterList:
        if diagnostics.is_request(value.Name, value.Value):
            device.diagnose(value.Name)
    if any(value.Name.startswith(device.model.server("PeriodicInform")) for value in request.ParameterList):
        device.plan_periodic()
    if device.acs_url != url:
        device.afterwards(device.call_new_acs)
    return m.SetParameterValuesResponse()


def _get_values(device: Device, request: m.GetParameterValues) -> m.GetParameterValuesResponse:
    return m.GetParameterValuesResponse(tuple(parameters.get_values(device.tree, request.ParameterNames)))


def _get_names(device: Device, request: m.GetParameterNames) -> m.GetParameterNamesResponse:
    names = parameters.get_names(device.tree, request.ParameterPath, request.NextLevel)
    return m.GetParameterNamesResponse(tuple(names))


def _set_attributes(device: Device, request: m.SetParameterAttributes) -> m.SetParameterAttributesResponse:
    lightweight = _version(device) >= _LIGHTWEIGHT_SINCE
    allowed = parameters.LIGHTWEIGHT_NOTIFICATIONS if lightweight else parameters.NOTIFICATIONS
    parameters.set_attributes(device.tree, request.ParameterList, allowed)
    return m.SetParameterAttributesResponse()


def _get_attributes(device: Device, request: m.GetParameterAttributes) -> m.GetParameterAttributesResponse:
    found = parameters.get_attributes(device.tree, request.ParameterNames)
    return m.GetParameterAttributesResponse(tuple(found))


def _add_object(device: Device, request: m.AddObject) -> m.AddObjectResponse:
    return m.AddObjectResponse(parameters.add_object(device.tree, request.ObjectName, request.ParameterKey))


def _delete_object(device: Device, request: m.DeleteObject) -> m.DeleteObjectResponse:
    parameters.delete_object(device.tree, request.ObjectName, request.ParameterKey)
    return m.DeleteObjectResponse()


def _download(device: Device, request: m.Download) -> m.DownloadResponse:
    device.accept(request)
    return m.DownloadResponse(_LATER)


def _upload(device: Device, request: m.Upload) -> m.UploadResponse:
    device.accept(request)
    return m.UploadResponse(_LATER)


def _schedule_download(device: Device, request: m.ScheduleDownload) -> m.ScheduleDownloadResponse:
    device.accept(request)
    return m.ScheduleDownloadResponse()


def _cancel_transfer(device: Device, request: m.CancelTransfer) -> m.CancelTransferResponse:
    device.transfers.cancel(request.CommandKey)
    return m.CancelTransferResponse()


def _queued(device: Device, _: m.GetQueuedTransfers) -> m.GetQueuedTransfersResponse:
    return m.GetQueuedTransfersResponse(device.transfers.told())


def _all_queued(device: Device, _: m.GetAllQueuedTransfers) -> m.GetAllQueuedTransfersResponse:
    return m.GetAllQueuedTransfersResponse(device.transfers.all_told())


def _reboot(device: Device, request: m.Reboot) -> m.RebootResponse:
    device.afterwards(partial(device.reboot, request.CommandKey))
    return m.RebootResponse()


def _factory_reset(device: Device, _: m.FactoryReset) -> m.FactoryResetResponse:
    device.afterwards(device.factory_reset)
    return m.FactoryResetResponse()


def _schedule_inform(device: Device, request: m.ScheduleInform) -> m.ScheduleInformResponse:
    if request.DelaySeconds <= 0:
        raise Refusal(INVALID_ARGUMENTS, "DelaySeconds must be more than 0")
    device.schedule_inform(request.DelaySeconds, request.CommandKey)
    return m.ScheduleInformResponse()


def _change_modules(device: Device, request: m.ChangeDUState) -> m.ChangeDUStateResponse:
    device.change_modules(request)
    return m.ChangeDUStateResponse()


def _set_vouchers(device: Device, request: m.SetVouchers) -> m.SetVouchersResponse:
    device.options.enable(request.VoucherList)
    return m.SetVouchersResponse()


def _get_options(device: Device, request: m.GetOptions) -> m.GetOptionsResponse:
    return m.GetOptionsResponse(device.options.told(request.OptionName))


ANSWERS: Mapping[type[AnyRequest], Callable[[Device, Any], Response]] = {
    m.GetRPCMethods: _methods,
    m.SetParameterValues: _set_values,
    m.GetParameterValues: _get_values,
    m.GetParameterNames: _get_names,
    m.SetParameterAttributes: _set_attributes,
    m.GetParameterAttributes: _get_attributes,
    m.AddObject: _add_object,
    m.DeleteObject: _delete_object,
    m.Download: _download,
    m.Reboot: _reboot,
    m.GetQueuedTransfers: _queued,
    m.ScheduleInform: _schedule_inform,
    m.SetVouchers: _set_vouchers,
    m.GetOptions: _get_options,
    m.Upload: _upload,
    m.FactoryReset: _factory_reset,
    m.GetAllQueuedTransfers: _all_queued,
    m.ScheduleDownload: _schedule_download,
    m.CancelTransfer: _cancel_transfer,
    m.ChangeDUState: _change_modules,
}
"""Each RPC and what carries it out; the order is GetRPCMethods's."""
