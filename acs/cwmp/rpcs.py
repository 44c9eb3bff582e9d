"""The table of RPCs: what there is to know of each beside its arguments.

For each that is its answer, who carries it out, since which version, its faults, and whether it may be
repeated.

From TR-069 Annex A: Table 4 (requirements) and A.5 (fault codes).
"""

from __future__ import annotations

from collections.abc import Mapping

from acs.cwmp import messages as m
from acs.cwmp.messages import Message
from acs.cwmp.rpc import ACS, CPE, RPC
from acs.cwmp.vendor_rpcs import VENDOR_RPCS

_READ = (9001, 9002, 9003, 9004, 9005)
_OPTIONAL = (9000, 9001, 9002, 9003)
_TRANSFER = (9000, 9001, 9002, 9003, 9004)
_TO_ACS = (8000, 8001, 8002, 8003, 8004, 8005)
_1_0, _1_1, _1_2 = (1, 0), (1, 1), (1, 2)

STANDARD: tuple[RPC, ...] = (
    RPC(m.GetRPCMethods, m.GetRPCMethodsResponse, (CPE, ACS), _1_0, (9001, 9002, 8001, 8002, 8005)),
    RPC(m.SetParameterValues, m.SetParameterValuesResponse, (CPE,), _1_0, tuple(range(9001, 9009))),
    RPC(m.GetParameterValues, m.GetParameterValuesResponse, (CPE,), _1_0, _READ),
    RPC(m.GetParameterNames, m.GetParameterNamesResponse, (CPE,), _1_0, (9001, 9002, 9003, 9005)),
    RPC(m.SetParameterAttributes, m.SetParameterAttributesResponse, (CPE,), _1_0, (*_READ, 9009)),
    RPC(m.GetParameterAttributes, m.GetParameterAttributesResponse, (CPE,), _1_0, _READ),
    RPC(m.AddObject, m.AddObjectResponse, (CPE,), _1_0, _READ, idempotent=False),
    RPC(m.DeleteObject, m.DeleteObjectResponse, (CPE,), _1_0, (9001, 9002, 9003, 9005), idempotent=False),
    RPC(
        m.Download,
        m.DownloadResponse,
        (CPE,),
        _1_0,
        (*_TRANSFER, 9010, 9012, 9013),
        idempotent=False,
        transfer=True,
    ),
    RPC(m.Reboot, m.RebootResponse, (CPE,), _1_0, (9001, 9002, 9003), idempotent=False),
    RPC(m.GetQueuedTransfers, m.GetQueuedTransfersResponse, (CPE,), _1_0, (9000, 9001, 9002), required=False),
    RPC(
        m.ScheduleInform, m.ScheduleInformResponse, (CPE,), _1_0, _OPTIONAL, required=False, idempotent=False
    ),
    RPC(m.SetVouchers, m.SetVouchersResponse, (CPE,), _1_0, _TRANSFER, required=False, idempotent=False),
    RPC(m.GetOptions, m.GetOptionsResponse, (CPE,), _1_0, _OPTIONAL, required=False),
    RPC(
        m.Upload,
        m.UploadResponse,
        (CPE,),
        _1_0,
        (*_TRANSFER, 9011, 9012, 9013),
        required=False,
        idempotent=False,
        transfer=True,
    ),
    RPC(m.FactoryReset, m.FactoryResetResponse, (CPE,), _1_0, _OPTIONAL, required=False, idempotent=False),
    RPC(
        m.GetAllQueuedTransfers,
        m.GetAllQueuedTransfersResponse,
        (CPE,),
        _1_1,
        (9000, 9001, 9002),
        required=False,
    ),
    RPC(
        m.ScheduleDownload,
        m.ScheduleDownloadResponse,
        (CPE,),
        _1_2,
        (*_TRANSFER, 9010, 9013),
        required=False,
        idempotent=False,
        transfer=True,
    ),
    RPC(m.CancelTransfer, m.CancelTransferResponse, (CPE,), _1_2, (9000, 9001, 9021), required=False),
    RPC(
        m.ChangeDUState,
        m.ChangeDUStateResponse,
        (CPE,),
        _1_2,
        (9000, 9001, 9002, 9004),
        required=False,
        idempotent=False,
        transfer=True,
    ),
    RPC(m.Inform, m.InformResponse, (ACS,), _1_0, (8001, 8002, 8003, 8004, 8005, 8006)),
    RPC(m.TransferComplete, m.TransferCompleteResponse, (ACS,), _1_0, _TO_ACS),
    RPC(m.AutonomousTransferComplete, m.AutonomousTransferCompleteResponse, (ACS,), _1_1, _TO_ACS),
    RPC(m.DUStateChangeComplete, m.DUStateChangeCompleteResponse, (ACS,), _1_2, _TO_ACS),
    RPC(
        m.AutonomousDUStateChangeComplete,
        m.AutonomousDUStateChangeCompleteResponse,
        (ACS,),
        _1_2,
        _TO_ACS,
        required=False,
    ),
    RPC(m.RequestDownload, m.RequestDownloadResponse, (ACS,), _1_0, _TO_ACS, required=False),
    RPC(m.Kicked, m.KickedResponse, (ACS,), _1_0, _TO_ACS, required=False),
)
"""Those of the standard."""

RPCS: tuple[RPC, ...] = (*STANDARD, *VENDOR_RPCS)

BY_NAME: Mapping[str, RPC] = {rpc.name: rpc for rpc in RPCS}
"""An RPC by its name."""

TO_CPE: tuple[RPC, ...] = tuple(rpc for rpc in RPCS if CPE in rpc.to)
"""What an ACS may ask of a CPE."""

TO_ACS: tuple[RPC, ...] = tuple(rpc for rpc in RPCS if ACS in rpc.to)
"""What a CPE may ask of an ACS."""

MESSAGES: Mapping[str, type[Message]] = {
    cls.__name__: cls for rpc in RPCS for cls in (rpc.request, rpc.response)
}
"""Every request and response of these by its name on the wire."""
