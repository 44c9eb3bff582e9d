"""Every message of TR-069 Amendment 6, declared once: its arguments in order, with their types.

The classes carry the standard's own names, so that code reads like Annex A; `acs.cwmp.rpcs` says who carries
each of them out, and since when.  A field with a default may be left out of the JSON form; one typed ``|
None`` is optional on the wire as well.
"""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from msgspec import Struct

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


class Message(Struct, frozen=True):
    """What may stand in a SOAP Body."""


class Request(Message, Generic[R], frozen=True):
    """An RPC that one side asks of the other; ``R`` is the class of its answer."""


AnyRequest: TypeAlias = Request[Any]


class Response(Message, frozen=True):
    """The answer to a `Request`, by name: that of the request and "Response"."""


# What both sides may ask


class GetRPCMethods(Request["GetRPCMethodsResponse"], frozen=True):
    """Which RPCs do you know?  A.3.1.1"""


class GetRPCMethodsResponse(Response, frozen=True):
    """The names of RPCs.  A.3.1.1"""

    MethodList: Annotated[tuple[Name64, ...], SoapArray(least=1, item="string", array_type="xsd:string")] = ()


# What the CPE asks of the ACS


class Inform(Request["InformResponse"], frozen=True):
    """Opens a session: who I am, why I call, what you must know.  A.3.3.1"""

    DeviceId: v.DeviceId
    Event: v.Events = ()
    MaxEnvelopes: UnsignedInt = 1
    CurrentTime: DateTime = UNKNOWN_TIME
    RetryCount: UnsignedInt = 0
    ParameterList: v.ParameterValues = ()


class InformResponse(Response, frozen=True):
    """The session stands.  A.3.3.1"""

    MaxEnvelopes: UnsignedInt = 1


class TransferComplete(Request["TransferCompleteResponse"], frozen=True):
    """A transfer that the ACS asked for has ended.  A.3.3.2"""

    CommandKey: Text32 = ""
    FaultStruct: v.FaultStruct = v.NO_FAULT
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


class TransferCompleteResponse(Response, frozen=True):
    """Noted.  A.3.3.2"""


class AutonomousTransferComplete(Request["AutonomousTransferCompleteResponse"], frozen=True):
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


class AutonomousTransferCompleteResponse(Response, frozen=True):
    """Noted.  A.3.3.3"""


class DUStateChangeComplete(Request["DUStateChangeCompleteResponse"], frozen=True):
    """What became of a ChangeDUState.  A.4.2.3"""

    Results: Annotated[tuple[v.OpResultStruct, ...], Repeated(least=1)]
    CommandKey: Text32 | None = None


class DUStateChangeCompleteResponse(Response, frozen=True):
    """Noted.  A.4.2.3"""


class AutonomousDUStateChangeComplete(Request["AutonomousDUStateChangeCompleteResponse"], frozen=True):
    """Deployment units changed without the ACS.  A.4.2.4"""

    Results: Annotated[tuple[v.AutonOpResultStruct, ...], Repeated(least=1)]


class AutonomousDUStateChangeCompleteResponse(Response, frozen=True):
    """Noted.  A.4.2.4"""


class RequestDownload(Request["RequestDownloadResponse"], frozen=True):
    """Please send me a file of this type.  A.4.2.2"""

    FileType: FileTypeText
    FileTypeArg: Annotated[tuple[v.ArgStruct, ...], SoapArray(most=16)] = ()


class RequestDownloadResponse(Response, frozen=True):
    """Noted; a Download may follow.  A.4.2.2"""


class Kicked(Request["KickedResponse"], frozen=True):
    """The user came by a page that asks for a session (deprecated).  A.4.2.1"""

    Command: Text32 = ""
    Referer: Text64 = ""
    Arg: Text256 = ""
    Next: Text1024 = ""


class KickedResponse(Response, frozen=True):
    """Where the user's browser goes next.  A.4.2.1"""

    NextURL: Text1024 = ""


# What the ACS asks of the CPE


class SetParameterValues(Request["SetParameterValuesResponse"], frozen=True):
    """Change parameters, all or none.  A.3.2.1"""

    ParameterList: v.ParameterValues
    ParameterKey: Text32 = ""


class SetParameterValuesResponse(Response, frozen=True):
    """Status 0: applied; 1: stored, applied later.  A.3.2.1"""

    Status: Int = 0


class GetParameterValues(Request["GetParameterValuesResponse"], frozen=True):
    """Read parameters, each by its full name or all below a partial path.  A.3.2.2"""

    ParameterNames: v.Names256


class GetParameterValuesResponse(Response, frozen=True):
    """Names, values and types.  A.3.2.2"""

    ParameterList: v.ParameterValues = ()


class GetParameterNames(Request["GetParameterNamesResponse"], frozen=True):
    """Which parameters and objects are below this path?  A.3.2.3"""

    ParameterPath: Name256
    NextLevel: Boolean = False


class GetParameterNamesResponse(Response, frozen=True):
    """Names, and whether each can be written.  A.3.2.3"""

    ParameterList: Annotated[tuple[v.ParameterInfoStruct, ...], SoapArray()] = ()


class SetParameterAttributes(Request["SetParameterAttributesResponse"], frozen=True):
    """Change notifications and access lists.  A.3.2.4"""

    ParameterList: Annotated[tuple[v.SetParameterAttributesStruct, ...], SoapArray(least=1)]


class SetParameterAttributesResponse(Response, frozen=True):
    """Done.  A.3.2.4"""


class GetParameterAttributes(Request["GetParameterAttributesResponse"], frozen=True):
    """Read notifications and access lists.  A.3.2.5"""

    ParameterNames: v.Names256


class GetParameterAttributesResponse(Response, frozen=True):
    """Notifications and access lists.  A.3.2.5"""

    ParameterList: Annotated[tuple[v.ParameterAttributeStruct, ...], SoapArray()] = ()


class AddObject(Request["AddObjectResponse"], frozen=True):
    """Add an instance to a table; ObjectName ends in a dot.  A.3.2.6"""

    ObjectName: ObjectPath
    ParameterKey: Text32 = ""


class AddObjectResponse(Response, frozen=True):
    """The number of the new instance.  A.3.2.6"""

    InstanceNumber: UnsignedInt
    Status: Int = 0


class DeleteObject(Request["DeleteObjectResponse"], frozen=True):
    """Remove an instance; ObjectName ends in its number and a dot.  A.3.2.7"""

    ObjectName: ObjectPath
    ParameterKey: Text32 = ""


class DeleteObjectResponse(Response, frozen=True):
    """Status 0: gone; 1: goes later.  A.3.2.7"""

    Status: Int = 0


class Download(Request["DownloadResponse"], frozen=True, kw_only=True):
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


class DownloadResponse(Response, frozen=True):
    """Status 0: done; 1: a TransferComplete will follow.  A.3.2.8"""

    Status: Int = 0
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


class Upload(Request["UploadResponse"], frozen=True, kw_only=True):
    """Send a file to a URL.  A.4.1.4"""

    CommandKey: Text32 = ""
    FileType: FileTypeText
    URL: Text256
    Username: Text256 = ""
    Password: Text256 = ""
    DelaySeconds: UnsignedInt = 0


class UploadResponse(Response, frozen=True):
    """Status 0: done; 1: a TransferComplete will follow.  A.4.1.4"""

    Status: Int = 0
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME


class Reboot(Request["RebootResponse"], frozen=True):
    """Restart after this session; an Inform with `M Reboot` follows.  A.3.2.9"""

    CommandKey: Text32 = ""


class RebootResponse(Response, frozen=True):
    """It will.  A.3.2.9"""


class FactoryReset(Request["FactoryResetResponse"], frozen=True):
    """Forget everything after this session; `0 BOOTSTRAP` follows.  A.4.1.6"""


class FactoryResetResponse(Response, frozen=True):
    """It will.  A.4.1.6"""


class ScheduleInform(Request["ScheduleInformResponse"], frozen=True):
    """Call again in so many seconds (more than 0).  A.4.1.2"""

    DelaySeconds: UnsignedInt
    CommandKey: Text32 = ""


class ScheduleInformResponse(Response, frozen=True):
    """It will.  A.4.1.2"""


class ScheduleDownload(Request["ScheduleDownloadResponse"], frozen=True, kw_only=True):
    """Fetch a file within one or two windows of time.  A.4.1.8"""

    CommandKey: Text32 = ""
    FileType: FileTypeText
    URL: Text256
    Username: Text256 = ""
    Password: Text256 = ""
    FileSize: UnsignedInt = 0
    TargetFileName: Text256 = ""
    TimeWindowList: Annotated[tuple[v.TimeWindowStruct, ...], SoapArray(least=1, most=2)]


class ScheduleDownloadResponse(Response, frozen=True):
    """Accepted; a TransferComplete will follow.  A.4.1.8"""


class CancelTransfer(Request["CancelTransferResponse"], frozen=True):
    """Give up a transfer that has not ended.  A.4.1.9"""

    CommandKey: Text32


class CancelTransferResponse(Response, frozen=True):
    """Given up.  A.4.1.9"""


class GetQueuedTransfers(Request["GetQueuedTransfersResponse"], frozen=True):
    """Which transfers wait (deprecated)?  A.4.1.1"""


class GetQueuedTransfersResponse(Response, frozen=True):
    """The transfers that wait.  A.4.1.1"""

    TransferList: Annotated[tuple[v.QueuedTransferStruct, ...], SoapArray(most=16)] = ()


class GetAllQueuedTransfers(Request["GetAllQueuedTransfersResponse"], frozen=True):
    """Which transfers wait, whoever asked for them?  A.4.1.7"""


class GetAllQueuedTransfersResponse(Response, frozen=True):
    """The transfers that wait.  A.4.1.7"""

    TransferList: Annotated[tuple[v.AllQueuedTransferStruct, ...], SoapArray(most=16)] = ()


class ChangeDUState(Request["ChangeDUStateResponse"], frozen=True):
    """Install, update or remove software modules; DUStateChangeComplete follows.  A.4.1.10"""

    Operations: v.Operations
    CommandKey: Text32 | None = None


class ChangeDUStateResponse(Response, frozen=True):
    """Accepted.  A.4.1.10"""


class SetVouchers(Request["SetVouchersResponse"], frozen=True):
    """Enable options by vouchers, base64 (deprecated).  A.4.1.3"""

    VoucherList: v.Vouchers


class SetVouchersResponse(Response, frozen=True):
    """Taken.  A.4.1.3"""


class GetOptions(Request["GetOptionsResponse"], frozen=True):
    """The state of an option, or of all with "" (deprecated).  A.4.1.5"""

    OptionName: Text64 = ""


class GetOptionsResponse(Response, frozen=True):
    """The options.  A.4.1.5"""

    OptionList: Annotated[tuple[v.OptionStruct, ...], SoapArray()] = ()


# What is no RPC of the standard


class VendorRequest(Request["VendorResponse"], frozen=True):
    """A vendor's RPC (A.1.4): its name, and its arguments as XML elements in one string."""

    Method: str
    XML: str = ""


class VendorResponse(Response, frozen=True):
    """The answer to a vendor's RPC; ``Method`` ends in "Response"."""

    Method: str
    XML: str = ""


class Fault(Message, frozen=True):
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
