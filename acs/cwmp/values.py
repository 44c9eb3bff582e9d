"""The structures that CWMP messages are made of, by the names that TR-069 Annex A gives them."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated
from urllib.parse import quote

from msgspec import Struct

from acs.cwmp.types import (
    UNKNOWN_TIME,
    Boolean,
    DateTime,
    FileTypeText,
    Int,
    Lexical,
    Name6,
    Name64,
    Name256,
    NotificationInt,
    Repeated,
    SoapArray,
    Text,
    Text32,
    Text64,
    Text256,
    Text1024,
    UnsignedInt,
    UUIDText,
)

_LONGEST = 64
"""Characters of a name that is remembered."""


class DeviceId(Struct, frozen=True, gc=False):
    """Who a CPE is (A.3.3.1)."""

    Manufacturer: Name64
    OUI: Name6
    ProductClass: Name64
    SerialNumber: Name64

    @property
    def key(self) -> str:
        """``OUI-ProductClass-SerialNumber``, or ``OUI-SerialNumber`` without a class (TR-069 3.4.4).

        In each part all but letters, digits and ``_`` is percent-encoded; the OUI is taken in upper case.
        """
        parts = filter(None, (self.OUI.upper(), self.ProductClass, self.SerialNumber))
        plain = self.OUI + self.ProductClass + self.SerialNumber
        return "-".join(parts if plain.isascii() and plain.isalnum() else map(_encode, parts))


def _encode(part: str) -> str:
    if part.isascii() and part.isalnum():
        return part
    return _percent_encoded(part) if len(part) <= _LONGEST else _percent_encoded.__wrapped__(part)


@lru_cache(maxsize=1024)
def _percent_encoded(part: str) -> str:
    # quote() leaves "-", "." and "~" alone, which must not stand in a part.
    return quote(part, safe="").replace("-", "%2D").replace(".", "%2E").replace("~", "%7E")


class EventStruct(Struct, frozen=True, gc=False):
    """Why a session was opened (3.7.1.5).  Some devices leave the code out."""

    EventCode: Name64 = ""
    CommandKey: Text32 = ""


class ParameterValueStruct(Struct, frozen=True, gc=False):
    """A parameter's name, value and type.

    ``Value`` is in the lexical form of ``Type``, an XML Schema name with the prefix ``xsd:``; "" where the
    sender gave none, which is written as ``xsd:string``.
    """

    Name: Name256
    Value: Lexical
    Type: Text = ""


class ParameterInfoStruct(Struct, frozen=True, gc=False):
    """A name of the data model; objects end in a dot (A.3.2.3)."""

    Name: Name256
    Writable: Boolean = False


Strings64 = Annotated[tuple[Text64, ...], SoapArray(item="string", array_type="xsd:string")]


class SetParameterAttributesStruct(Struct, frozen=True, gc=False):
    """New attributes of a parameter or of all below a partial path (A.3.2.4)."""

    Name: Name256
    NotificationChange: Boolean = False
    Notification: NotificationInt = 0
    AccessListChange: Boolean = False
    AccessList: Strings64 = ()


class ParameterAttributeStruct(Struct, frozen=True, gc=False):
    """Attributes of a parameter (A.3.2.5)."""

    Name: Name256
    Notification: NotificationInt = 0
    AccessList: Strings64 = ()


class FaultStruct(Struct, frozen=True, gc=False):
    """How a transfer ended; FaultCode 0 is success (A.3.3.2)."""

    FaultCode: UnsignedInt = 0
    FaultString: Text256 = ""


NO_FAULT = FaultStruct()
"""Success."""


class QueuedTransferStruct(Struct, frozen=True, gc=False):
    """A transfer that waits; State 1 not started, 2 running, 3 done (A.3.2.10, deprecated)."""

    CommandKey: Text32 = ""
    State: Int = 1


class AllQueuedTransferStruct(Struct, frozen=True, gc=False):
    """A transfer that waits, whoever asked for it (A.4.1.7)."""

    CommandKey: Text32 = ""
    State: Int = 1
    IsDownload: Boolean = True
    FileType: Text64 = ""
    FileSize: UnsignedInt = 0
    TargetFileName: Text256 = ""


class TimeWindowStruct(Struct, frozen=True, gc=False):
    """When a scheduled download may happen; seconds from now (A.4.1.8)."""

    WindowStart: UnsignedInt
    WindowEnd: UnsignedInt
    WindowMode: FileTypeText = "1 At Any Time"
    UserMessage: Text256 = ""
    MaxRetries: Int = -1


class OptionStruct(Struct, frozen=True, gc=False):
    """A licensed option of the device (A.4.1.5, deprecated)."""

    OptionName: Text64
    VoucherSN: UnsignedInt = 0
    State: UnsignedInt = 0
    Mode: Int = 0
    StartDate: DateTime = UNKNOWN_TIME
    ExpirationDate: DateTime | None = None
    IsTransferable: Int = 0


class ArgStruct(Struct, frozen=True, gc=False):
    """A name and a value (A.4.2.2)."""

    Name: Text64
    Value: Text256 = ""


class InstallOpStruct(Struct, frozen=True, gc=False):
    """Install a deployment unit (A.4.1.10)."""

    URL: Text1024
    UUID: UUIDText | None = None
    Username: Text256 | None = None
    Password: Text256 | None = None
    ExecutionEnvRef: Text256 | None = None


class UpdateOpStruct(Struct, frozen=True, gc=False):
    """Update deployment units; neither UUID nor URL means all of them (A.4.1.10)."""

    UUID: UUIDText | None = None
    Version: Text32 | None = None
    URL: Text1024 | None = None
    Username: Text256 | None = None
    Password: Text256 | None = None


class UninstallOpStruct(Struct, frozen=True, gc=False):
    """Remove a deployment unit; no Version means every version (A.4.1.10)."""

    UUID: UUIDText
    Version: Text32 | None = None
    ExecutionEnvRef: Text256 | None = None


Operation = InstallOpStruct | UpdateOpStruct | UninstallOpStruct
"""What ChangeDUState can do; on the wire xsi:type tells which, in JSON the member ``Operation``."""


class OpResultStruct(Struct, frozen=True, gc=False):
    """What became of one operation on a deployment unit (A.4.2.3)."""

    UUID: Text = ""
    DeploymentUnitRef: Text = ""
    Version: Text32 = ""
    CurrentState: Text = ""
    Resolved: Boolean = False
    ExecutionUnitRefList: Text = ""
    StartTime: DateTime = UNKNOWN_TIME
    CompleteTime: DateTime = UNKNOWN_TIME
    Fault: FaultStruct = NO_FAULT


class AutonOpResultStruct(OpResultStruct, frozen=True):
    """What became of an operation that the ACS did not ask for: the same, and which it was (A.4.2.4)."""

    OperationPerformed: Text = ""


class SetParameterValuesFault(Struct, frozen=True, gc=False):
    """Which parameter of a SetParameterValues was refused, and why (A.5.1)."""

    ParameterName: Name256
    FaultCode: UnsignedInt = 9002
    FaultString: Text = ""


Names256 = Annotated[tuple[Name256, ...], SoapArray(least=1, item="string", array_type="xsd:string")]
Vouchers = Annotated[tuple[Text, ...], SoapArray(least=1, item="base64", array_type="SOAP-ENC:base64")]
Events = Annotated[tuple[EventStruct, ...], SoapArray(most=64)]
ParameterValues = Annotated[tuple[ParameterValueStruct, ...], SoapArray()]
Operations = Annotated[tuple[Operation, ...], Repeated(least=1)]
