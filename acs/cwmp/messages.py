"""Every RPC of TR-069 Amendment 6, declared once: its arguments in their order, and their types.

The classes carry the standard's own names, so that code reads like Annex A; `acs.cwmp.rpcs` says who carries
each of them out, and since when.  A field with a default may be left out of the JSON form; one typed ``|
None`` is optional on the wire as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from acs.cwmp import values as v
from acs.cwmp.types import (
    UNKNOWN_TIME,
    Boolean,
    DateTime,
    FileTypeText,
    Int,
    Name64,
    Name256,
    ObjectPath,
    Repeated,
    SoapArray,
    Text,
    Text32,
    Text64,
    Text256,
    Text1024,
    UnsignedInt,
)

R = TypeVar("R", bound="Response")


class Message:
    """What may stand in a SOAP Body."""

    __slots__ = ()


class Request(Message, Generic[R]):
    """An RPC that one side asks of the other; ``R`` is the class of its answer."""

    __slots__ = ()


AnyRequest: TypeAlias = Request[Any]


class Response(Message):
    """The answer to a `Request`, by name: that of the request and "Response"."""

    __slots__ = ()


# What both sides may ask


@dataclass(frozen=True, slots=True)
class GetRPCMethods(Request["GetRPCMethodsResponse"]):
    """Which RPCs do you know?  A.3.1.1"""


@dataclass(frozen=True, slots=True)
class GetRPCMethodsResponse(Response):
    """The names of RPCs.  A.3.1.1"""

    MethodList: Annotated[tuple[Name64, ...], SoapArray(least=1, item="string", array_type="xsd:string")] = ()


# What the CPE asks of the ACS


@dataclass(frozen=True, slots=True)
class Inform(Request["InformResponse"]):
    """Opens a session: who I am, why I call, what you must know.  A.3.3.1"""

    DeviceId: v.DeviceId
    Event: v.Events = ()
    MaxEnvelopes: UnsignedInt = 1
    CurrentTime: DateTime = UNKNOWN_TIME
    RetryCount: UnsignedInt = 0
    ParameterList: v.ParameterValues = ()


@dataclass(frozen=True, slots=True)
class InformResponse(Response):
    """The session stands.  A.3.3.1"""

    MaxEnvelopes: UnsignedInt = 1


@dataclass(frozen=True, slots=True)
class TransferComplete(Request["TransferCompleteResponse"]):
    """A transfer that the ACS asked for has ended.  A.3.3.2"""

    CommandKey: Text32 = ""
    FaultStruct: v.FaultStruct = v.NO_FAULT
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


@dataclass(frozen=True, slots=True)
class TransferCompleteResponse(Response):
    """Noted.  A.3.3.2"""


@dataclass(frozen=True, slots=True)
class AutonomousTransferComplete(Request["AutonomousTransferCompleteResponse"]):
    """A transfer that the ACS did not ask for has ended.  A.3.3.3"""

    AnnounceURL: Text1024 = ""
    TransferURL: Text1024 = ""
    IsDownload: Boolean = True
    FileType: Text64 = ""
    FileSize: UnsignedInt = 0
    TargetFileName: Text256 = ""
    FaultStruct: v.FaultStruct = v.NO_FAULT
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


@dataclass(frozen=True, slots=True)
class AutonomousTransferCompleteResponse(Response):
    """Noted.  A.3.3.3"""


@dataclass(frozen=True, slots=True)
class DUStateChangeComplete(Request["DUStateChangeCompleteResponse"]):
    """What became of a ChangeDUState.  A.4.2.3"""

    Results: Annotated[tuple[v.OpResultStruct, ...], Repeated(least=1)]
    CommandKey: Text32 | None = None


@dataclass(frozen=True, slots=True)
class DUStateChangeCompleteResponse(Response):
    """Noted.  A.4.2.3"""


@dataclass(frozen=True, slots=True)
class AutonomousDUStateChangeComplete(Request["AutonomousDUStateChangeCompleteResponse"]):
    """Deployment units changed without the ACS.  A.4.2.4"""

    Results: Annotated[tuple[v.AutonOpResultStruct, ...], Repeated(least=1)]


@dataclass(frozen=True, slots=True)
class AutonomousDUStateChangeCompleteResponse(Response):
    """Noted.  A.4.2.4"""


@dataclass(frozen=True, slots=True)
class RequestDownload(Request["RequestDownloadResponse"]):
    """Please send me a file of this type.  A.4.2.2"""

    FileType: FileTypeText
    FileTypeArg: Annotated[tuple[v.ArgStruct, ...], SoapArray(most=16)] = ()


@dataclass(frozen=True, slots=True)
class RequestDownloadResponse(Response):
    """Noted; a Download may follow.  A.4.2.2"""


@dataclass(frozen=True, slots=True)
class Kicked(Request["KickedResponse"]):
    """The user came by a page that asks for a session (deprecated).  A.4.2.1"""

    Command: Text32 = ""
    Referer: Text64 = ""
    Arg: Text256 = ""
    Next: Text1024 = ""


@dataclass(frozen=True, slots=True)
class KickedResponse(Response):
    """Where the user's browser goes next.  A.4.2.1"""

    NextURL: Text1024 = ""


# What the ACS asks of the CPE


@dataclass(frozen=True, slots=True)
class SetParameterValues(Request["SetParameterValuesResponse"]):
    """Change parameters, all or none.  A.3.2.1"""

    ParameterList: v.ParameterValues
    ParameterKey: Text32 = ""


@dataclass(frozen=True, slots=True)
class SetParameterValuesResponse(Response):
    """Status 0: applied; 1: stored, applied later.  A.3.2.1"""

    Status: Int = 0


@dataclass(frozen=True, slots=True)
class GetParameterValues(Request["GetParameterValuesResponse"]):
    """Read parameters, each by its full name or all below a partial path.  A.3.2.2"""

    ParameterNames: v.Names256


@dataclass(frozen=True, slots=True)
class GetParameterValuesResponse(Response):
    """Names, values and types.  A.3.2.2"""

    ParameterList: v.ParameterValues = ()


@dataclass(frozen=True, slots=True)
class GetParameterNames(Request["GetParameterNamesResponse"]):
    """Which parameters and objects are below this path?  A.3.2.3"""

    ParameterPath: Name256
    NextLevel: Boolean = False


@dataclass(frozen=True, slots=True)
class GetParameterNamesResponse(Response):
    """Names, and whether each can be written.  A.3.2.3"""

    ParameterList: Annotated[tuple[v.ParameterInfoStruct, ...], SoapArray()] = ()


@dataclass(frozen=True, slots=True)
class SetParameterAttributes(Request["SetParameterAttributesResponse"]):
    """Change notifications and access lists.  A.3.2.4"""

    ParameterList: Annotated[tuple[v.SetParameterAttributesStruct, ...], SoapArray(least=1)]


@dataclass(frozen=True, slots=True)
class SetParameterAttributesResponse(Response):
    """Done.  A.3.2.4"""


@dataclass(frozen=True, slots=True)
class GetParameterAttributes(Request["GetParameterAttributesResponse"]):
    """Read notifications and access lists.  A.3.2.5"""

    ParameterNames: v.Names256


@dataclass(frozen=True, slots=True)
class GetParameterAttributesResponse(Response):
    """Notifications and access lists.  A.3.2.5"""

    ParameterList: Annotated[tuple[v.ParameterAttributeStruct, ...], SoapArray()] = ()


@dataclass(frozen=True, slots=True)
class AddObject(Request["AddObjectResponse"]):
    """Add an instance to a table; ObjectName ends in a dot.  A.3.2.6"""

    ObjectName: ObjectPath
    ParameterKey: Text32 = ""


@dataclass(frozen=True, slots=True)
class AddObjectResponse(Response):
    """The number of the new instance.  A.3.2.6"""

    InstanceNumber: UnsignedInt
    Status: Int = 0


@dataclass(frozen=True, slots=True)
class DeleteObject(Request["DeleteObjectResponse"]):
    """Remove an instance; ObjectName ends in its number and a dot.  A.3.2.7"""

    ObjectName: ObjectPath
    ParameterKey: Text32 = ""


@dataclass(frozen=True, slots=True)
class DeleteObjectResponse(Response):
    """Status 0: gone; 1: goes later.  A.3.2.7"""

    Status: Int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Download(Request["DownloadResponse"]):
    """Fetch a file from a URL.  A.3.2.8"""

    CommandKey: Text32 = ""
    FileType: FileTypeText
    URL: Text256
    Username: Text256 = ""
    Password: Text256 = ""
    FileSize: UnsignedInt = 0
    TargetFileName: Text256 = ""
    DelaySeconds: UnsignedInt = 0
    SuccessURL: Text256 = ""
    FailureURL: Text256 = ""


@dataclass(frozen=True, slots=True)
class DownloadResponse(Response):
    """Status 0: done; 1: a TransferComplete will follow.  A.3.2.8"""

    Status: Int = 0
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Request["UploadResponse"]):
    """Send a file to a URL.  A.4.1.4"""

    CommandKey: Text32 = ""
    FileType: FileTypeText
    URL: Text256
    Username: Text256 = ""
    Password: Text256 = ""
    DelaySeconds: UnsignedInt = 0


@dataclass(frozen=True, slots=True)
class UploadResponse(Response):
    """Status 0: done; 1: a TransferComplete will follow.  A.4.1.4"""

    Status: Int = 0
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


@dataclass(frozen=True, slots=True)
class Reboot(Request["RebootResponse"]):
    """Restart after this session; an Inform with `M Reboot` follows.  A.3.2.9"""

    CommandKey: Text32 = ""


@dataclass(frozen=True, slots=True)
class RebootResponse(Response):
    """It will.  A.3.2.9"""


@dataclass(frozen=True, slots=True)
class FactoryReset(Request["FactoryResetResponse"]):
    """Forget everything after this session; `0 BOOTSTRAP` follows.  A.4.1.6"""


@dataclass(frozen=True, slots=True)
class FactoryResetResponse(Response):
    """It will.  A.4.1.6"""


@dataclass(frozen=True, slots=True)
class ScheduleInform(Request["ScheduleInformResponse"]):
    """Call again in so many seconds (more than 0).  A.4.1.2"""

    DelaySeconds: UnsignedInt
    CommandKey: Text32 = ""


@dataclass(frozen=True, slots=True)
class ScheduleInformResponse(Response):
    """It will.  A.4.1.2"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDownload(Request["ScheduleDownloadResponse"]):
    """Fetch a file within one or two windows of time.  A.4.1.8"""

    CommandKey: Text32 = ""
    FileType: FileTypeText
    URL: Text256
    Username: Text256 = ""
    Password: Text256 = ""
    FileSize: UnsignedInt = 0
    TargetFileName: Text256 = ""
    TimeWindowList: Annotated[tuple[v.TimeWindowStruct, ...], SoapArray(least=1, most=2)]


@dataclass(frozen=True, slots=True)
class ScheduleDownloadResponse(Response):
    """Accepted; a TransferComplete will follow.  A.4.1.8"""


@dataclass(frozen=True, slots=True)
class CancelTransfer(Request["CancelTransferResponse"]):
    """Give up a transfer that has not ended.  A.4.1.9"""

    CommandKey: Text32


@dataclass(frozen=True, slots=True)
class CancelTransferResponse(Response):
    """Given up.  A.4.1.9"""


@dataclass(frozen=True, slots=True)
class GetQueuedTransfers(Request["GetQueuedTransfersResponse"]):
    """Which transfers wait (deprecated)?  A.4.1.1"""


@dataclass(frozen=True, slots=True)
class GetQueuedTransfersResponse(Response):
    """The transfers that wait.  A.4.1.1"""

    TransferList: Annotated[tuple[v.QueuedTransferStruct, ...], SoapArray(most=16)] = ()


@dataclass(frozen=True, slots=True)
class GetAllQueuedTransfers(Request["GetAllQueuedTransfersResponse"]):
    """Which transfers wait, whoever asked for them?  A.4.1.7"""


@dataclass(frozen=True, slots=True)
class GetAllQueuedTransfersResponse(Response):
    """The transfers that wait.  A.4.1.7"""

    TransferList: Annotated[tuple[v.AllQueuedTransferStruct, ...], SoapArray(most=16)] = ()


@dataclass(frozen=True, slots=True)
class ChangeDUState(Request["ChangeDUStateResponse"]):
    """Install, update or remove software modules; DUStateChangeComplete follows.  A.4.1.10"""

    Operations: v.Operations
    CommandKey: Text32 | None = None


@dataclass(frozen=True, slots=True)
class ChangeDUStateResponse(Response):
    """Accepted.  A.4.1.10"""


@dataclass(frozen=True, slots=True)
class SetVouchers(Request["SetVouchersResponse"]):
    """Enable options by vouchers, base64 (deprecated).  A.4.1.3"""

    VoucherList: v.Vouchers


@dataclass(frozen=True, slots=True)
class SetVouchersResponse(Response):
    """Taken.  A.4.1.3"""


@dataclass(frozen=True, slots=True)
class GetOptions(Request["GetOptionsResponse"]):
    """The state of an option, or of all with "" (deprecated).  A.4.1.5"""

    OptionName: Text64 = ""


@dataclass(frozen=True, slots=True)
class GetOptionsResponse(Response):
    """The options.  A.4.1.5"""

    OptionList: Annotated[tuple[v.OptionStruct, ...], SoapArray()] = ()


# What is no RPC of the standard


@dataclass(frozen=True, slots=True)
class VendorRequest(Request["VendorResponse"]):
    """A vendor's RPC (A.1.4): its name, and its arguments as XML elements in one string."""

    Method: str
    XML: str = ""


@dataclass(frozen=True, slots=True)
class VendorResponse(Response):
    """The answer to a vendor's RPC; ``Method`` ends in "Response"."""

    Method: str
    XML: str = ""


@dataclass(frozen=True, slots=True)
class Fault(Message):
    """A SOAP fault with its CWMP fault inside (3.5, A.5).

    ``FaultCode`` is 0 where a device sent a SOAP fault without a CWMP fault; ``SetParameterValuesFault``
    names the refused parameters of a SetParameterValues.
    """

    FaultCode: UnsignedInt
    FaultString: Text = ""
    SetParameterValuesFault: Annotated[tuple[v.SetParameterValuesFault, ...], Repeated()] = ()


def name_of(message: Message) -> str:
    """The name of a message on the wire, such as ``GetParameterValuesResponse``."""
    if isinstance(message, (VendorRequest, VendorResponse)):
        return message.Method
    return type(message).__name__
