"""Messages to test with: a plain example of each, and Hypothesis strategies for all of them.

A strategy is made from what a message declares of its fields, so that a new RPC is tested by standing in
the table.  `conforming` keeps to what the schemas of CWMP allow beyond that: their enumerations, mostly.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from acs.cwmp import messages as m
from acs.cwmp import values as v
from acs.cwmp.fields import Field, fields_of
from acs.cwmp.markup import SIMPLE_TYPES
from acs.cwmp.rpcs import RPCS, STANDARD
from acs.cwmp.types import Leaf

DEVICE = v.DeviceId("Examplecom", "00D09E", "Gateway", "S-0001")
TIME = "2026-11-23T19:30:00Z"
UUID = "e8c9b5a2-3f41-5d1c-9a77-0a1b2c3d4e5f"
VALUES = (
    v.ParameterValueStruct("Device.DeviceInfo.UpTime", "1234", "xsd:unsignedInt"),
    v.ParameterValueStruct("Device.WiFi.SSID.1.SSID", 'Caf\u00e9 <&"]]> \U0001f4f6\r\n\t', "xsd:string"),
    v.ParameterValueStruct("Device.Time.CurrentLocalTime", TIME, "xsd:dateTime"),
    v.ParameterValueStruct("Device.WiFi.Radio.1.Enable", "1", "xsd:boolean"),
)

INFORM = m.Inform(
    DEVICE,
    (v.EventStruct("0 BOOTSTRAP"), v.EventStruct("M Reboot", "job-1")),
    CurrentTime=TIME,
    ParameterList=VALUES,
)

_FAILED = v.FaultStruct(9010, "no such file")
_RESULT: dict[str, Any] = {
    "UUID": UUID,
    "DeploymentUnitRef": "Device.SoftwareModules.DeploymentUnit.1",
    "Version": "1.0",
    "CurrentState": "Installed",
    "Resolved": True,
    "StartTime": TIME,
    "CompleteTime": TIME,
}
_OPERATIONS = (
    v.InstallOpStruct("http://example.com/unit", UUID, "user", "secret", "Device.SoftwareModules.ExecEnv.1"),
    v.InstallOpStruct("http://example.com/unit"),
    v.UpdateOpStruct(),
    v.UpdateOpStruct(UUID, "2.0", "http://example.com/unit"),
    v.UninstallOpStruct(UUID),
)

EXAMPLES: tuple[m.Message, ...] = (
    m.GetRPCMethods(),
    m.GetRPCMethodsResponse(("Inform", "GetRPCMethods")),
    INFORM,
    m.InformResponse(),
    m.TransferComplete("key", _FAILED, TIME, TIME),
    m.TransferCompleteResponse(),
    m.AutonomousTransferComplete(
        "", "http://example.com/image", True, "1 Firmware Upgrade Image", 17, "image", v.NO_FAULT, TIME, TIME
    ),
    m.AutonomousTransferCompleteResponse(),
    m.DUStateChangeComplete((v.OpResultStruct(**_RESULT), v.OpResultStruct(**_RESULT)), "key"),
    m.DUStateChangeCompleteResponse(),
    m.AutonomousDUStateChangeComplete((v.AutonOpResultStruct(**_RESULT, OperationPerformed="Install"),)),
    m.AutonomousDUStateChangeCompleteResponse(),
    m.RequestDownload("1 Firmware Upgrade Image", (v.ArgStruct("Version", "2.0"),)),
    m.RequestDownloadResponse(),
    m.Kicked("command", "http://example.com/", "argument", "http://example.com/next"),
    m.KickedResponse("http://example.com/next"),
    m.SetParameterValues(VALUES, "level-1"),
    m.SetParameterValuesResponse(1),
    m.GetParameterValues(("Device.DeviceInfo.", "Device.Time.CurrentLocalTime")),
    m.GetParameterValuesResponse(VALUES),
    m.GetParameterNames("Device.", True),
    m.GetParameterNamesResponse((v.ParameterInfoStruct("Device."), v.ParameterInfoStruct("Device.X", True))),
    m.SetParameterAttributes(
        (
            v.SetParameterAttributesStruct("Device.X", True, 2, True, ("Subscriber",)),
            v.SetParameterAttributesStruct("Device.Y.", True, 1),
        )
    ),
    m.SetParameterAttributesResponse(),
    m.GetParameterAttributes(("Device.DeviceInfo.",)),
    m.GetParameterAttributesResponse((v.ParameterAttributeStruct("Device.X", 1, ("Subscriber",)),)),
    m.AddObject("Device.WiFi.SSID.", "level-1"),
    m.AddObjectResponse(3, 1),
    m.DeleteObject("Device.WiFi.SSID.3.", "level-1"),
    m.DeleteObjectResponse(),
    m.Download(
        CommandKey="key",
        FileType="1 Firmware Upgrade Image",
        URL="http://example.com/image?a=1&b=2",
        Username="user",
        Password="s&cret",
        FileSize=4294967295,
        TargetFileName="image",
        DelaySeconds=5,
        SuccessURL="http://example.com/yes",
        FailureURL="http://example.com/no",
    ),
    m.DownloadResponse(1),
    m.Upload(FileType="1 Vendor Configuration File", URL="http://example.com/up", DelaySeconds=1),
    m.UploadResponse(0, TIME, TIME),
    m.Reboot("key"),
    m.RebootResponse(),
    m.FactoryReset(),
    m.FactoryResetResponse(),
    m.ScheduleInform(30, "key"),
    m.ScheduleInformResponse(),
    m.ScheduleDownload(
        FileType="X 00D09E Web Content",
        URL="http://example.com/image",
        TimeWindowList=(
            v.TimeWindowStruct(0, 60),
            v.TimeWindowStruct(120, 180, "3 Confirmation Needed", "?", 2),
        ),
    ),
    m.ScheduleDownloadResponse(),
    m.CancelTransfer("key"),
    m.CancelTransferResponse(),
    m.GetQueuedTransfers(),
    m.GetQueuedTransfersResponse((v.QueuedTransferStruct("key", 2),)),
    m.GetAllQueuedTransfers(),
    m.GetAllQueuedTransfersResponse(
        (v.AllQueuedTransferStruct("key", 3, False, "4 Vendor Log File", 17, "log"),)
    ),
    m.ChangeDUState(_OPERATIONS, "key"),
    m.ChangeDUStateResponse(),
    m.SetVouchers(("QUJD", "REVG")),
    m.SetVouchersResponse(),
    m.GetOptions("X_Option"),
    m.GetOptionsResponse(
        (v.OptionStruct("X_Option", 1, 2, 1, TIME, TIME, 1), v.OptionStruct("X_Other", StartDate=TIME))
    ),
)
"""One of each, in the order of the table, with nothing in it that a schema refuses."""

FAULTS: tuple[m.Fault, ...] = (
    m.Fault(8003, "Invalid arguments"),
    m.Fault(9000, "Method not supported"),
    m.Fault(
        9003,
        "Invalid arguments",
        (
            v.SetParameterValuesFault("Device.X", 9008, "Attempt to set a non-writable parameter"),
            v.SetParameterValuesFault("Device.Y", 9007, "Invalid parameter value"),
        ),
    ),
)


def example(name: str) -> m.Message:
    """The example of the message of this name."""
    return next(message for message in EXAMPLES if m.name_of(message) == name)


def answer_to(request: m.AnyRequest) -> m.Message:
    """The example that answers a request."""
    if isinstance(request, m.VendorRequest):
        return m.VendorResponse(f"{request.Method}Response")
    return example(f"{m.name_of(request)}Response")


# Strategies

_FORBIDDEN = "\ufffe\uffff"
characters = st.one_of(
    st.sampled_from("aZ09 .<>&\"']\t\r\n\u00e9\u20ac\U0001f4f6"),
    st.characters(min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters=_FORBIDDEN),
)
"""What XML can carry, with a preference for what is easily got wrong."""


def text(maximum: int = 0) -> st.SearchStrategy[str]:
    """Strings of at most `maximum` characters, 0 for any number."""
    return st.text(characters, max_size=min(maximum or 40, 40))


times = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")

xml_names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
_leaves = st.tuples(xml_names, text()).map(lambda leaf: f"<{leaf[0]}>{_canonical(leaf[1])}</{leaf[0]}>")
vendor_xml = st.lists(_leaves, max_size=3).map("".join)
"""The arguments of a vendor's RPC, in canonical form: what is read of it is then what was written."""


def _canonical(words: str) -> str:
    escapes = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
    return "".join(escapes.get(character, character) for character in words)


_vendor_names = xml_names.map(lambda name: f"X_{name}").filter(lambda name: not name.endswith("Response"))
vendor_requests = st.builds(m.VendorRequest, _vendor_names, vendor_xml)
vendor_responses = st.builds(m.VendorResponse, _vendor_names.map(lambda name: f"{name}Response"), vendor_xml)


@cache
def strategy(cls: type, conforming: bool = False) -> st.SearchStrategy[Any]:
    """A message or structure of this class; with `conforming`, one that the schemas of CWMP take."""
    if conforming and cls in _CONFORMING_STRUCTS:
        return _CONFORMING_STRUCTS[cls]
    if cls is v.ParameterValueStruct:
        return st.builds(cls, _leaf(fields_of(cls)[0].leaf), text(), st.sampled_from(_TYPES))
    return st.builds(cls, **{field.name: _field(field, conforming) for field in fields_of(cls)})


_MESSAGES = [cls for rpc in STANDARD for cls in (rpc.request, rpc.response)]


def messages(conforming: bool = False) -> st.SearchStrategy[m.Message]:
    """Any message of the standard."""
    return st.sampled_from(_MESSAGES).flatmap(lambda cls: strategy(cls, conforming))


def requests(to: str) -> st.SearchStrategy[m.AnyRequest]:
    """Any request that `to`, a CPE or an ACS, answers."""
    declared = [rpc.request for rpc in RPCS if to in rpc.to]
    return st.sampled_from(declared).flatmap(strategy)


_TYPES = sorted(f"xsd:{name}" for name in SIMPLE_TYPES)


def _field(field: Field, conforming: bool) -> st.SearchStrategy[Any]:
    one = _CONFORMING.get(field.name) if conforming else None
    if one is None:
        one = _leaf(field.leaf) if field.leaf is not None else _structs(field, conforming)
    if field.array is not None:
        return st.lists(one, min_size=field.array.least, max_size=field.array.most or 4).map(tuple)
    return st.none() | one if field.optional else one


def _structs(field: Field, conforming: bool) -> st.SearchStrategy[Any]:
    return st.one_of([strategy(struct, conforming) for struct in field.structs])


def _leaf(leaf: Leaf | None) -> st.SearchStrategy[Any]:
    assert leaf is not None
    if leaf.python is bool:
        return st.booleans()
    if leaf.bounds is not None:
        return st.integers(leaf.bounds[0], leaf.bounds[-1])
    if leaf.xsd == "xsd:dateTime":
        return times
    words = _matching(leaf.pattern, leaf.maximum) if leaf.pattern else text(leaf.maximum)
    return words.map(str.strip) if leaf.read is str.strip else words


def _matching(pattern: str, maximum: int) -> st.SearchStrategy[str]:
    found = st.from_regex(pattern, fullmatch=True, alphabet=characters)
    return found.filter(lambda words: len(words) <= maximum and bool(re.fullmatch(pattern, words.strip())))


_CONFORMING: dict[str, st.SearchStrategy[Any]] = {
    "OUI": st.from_regex(r"[0-9A-F]{6}", fullmatch=True),
    "EventCode": st.sampled_from(["0 BOOTSTRAP", "2 PERIODIC", "4 VALUE CHANGE", "M Reboot", "M Download"]),
    "AccessList": st.just("Subscriber"),
    "Notification": st.integers(0, 2),
    "Status": st.integers(0, 1),
    "State": st.integers(1, 3),
    "Mode": st.integers(0, 2),
    "IsTransferable": st.integers(0, 1),
    "InstanceNumber": st.integers(1, 2**32 - 1),
    "VoucherList": st.sampled_from(["", "QUJD", "REVGRw=="]),
    "FileType": st.just("X 00D09E Web Content"),
    "UUID": st.uuids().map(str),
    "CurrentState": st.sampled_from(["Installed", "Uninstalled", "Failed"]),
    "URL": st.sampled_from(["", "http://example.com/image", "tftp://192.0.2.1/image"]),
    "FaultCode": st.sampled_from([0, 9001, 9012]),
}
"""By the name of a field: what the schemas take of it, where that is less than its type says."""

_CONFORMING_STRUCTS: dict[type, st.SearchStrategy[Any]] = {
    v.ParameterValueStruct: st.one_of(
        st.builds(v.ParameterValueStruct, text(256).map(str.strip), text(), st.just("xsd:string")),
        st.sampled_from(VALUES),
    ),
    m.Fault: st.builds(m.Fault, st.integers(9000, 9012), text()),
}

faults = strategy(m.Fault)
"""Any fault, with any code."""
