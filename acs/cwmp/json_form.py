"""The JSON form of messages, by the standard's own names.

It is for the API, the job queue and the console.

A structure is an object, an array a list, an optional argument that is absent is left out (null means the
same).  Values of parameters may be given as JSON booleans and numbers; they are kept in their lexical form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from acs.cwmp.errors import LocalProtocolError
from acs.cwmp.fields import Field, fields_of
from acs.cwmp.markup import SIMPLE_TYPES, element_name, printable
from acs.cwmp.messages import AnyRequest, VendorRequest, VendorResponse
from acs.cwmp.rpc import CPE
from acs.cwmp.rpcs import BY_NAME
from acs.cwmp.types import Leaf, Several
from acs.cwmp.values import (
    InstallOpStruct,
    Operation,
    ParameterValueStruct,
    UninstallOpStruct,
    UpdateOpStruct,
)
from acs.cwmp.vendor import vendor_content

T = TypeVar("T")
JSON = Any

_OPERATIONS: Mapping[str, type[Operation]] = {
    "Install": InstallOpStruct,
    "Update": UpdateOpStruct,
    "Uninstall": UninstallOpStruct,
}
_OPERATION_NAMES: Mapping[type, str] = {cls: name for name, cls in _OPERATIONS.items()}
_JSON_TYPES = {str: "string", int: "integer", bool: "boolean"}


class ArgumentError(ValueError):
    """An argument that is missing, unknown or wrong; ``where`` is such as ``ParameterList[0].Name``."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}" if self.where else self.reason


# To JSON


def to_json(value: Any) -> dict[str, JSON]:
    """A message or structure as a JSON object."""
    if isinstance(value, (VendorRequest, VendorResponse)):
        return {"XML": value.XML}
    found: dict[str, JSON] = {}
    if (operation := _OPERATION_NAMES.get(type(value))) is not None:
        found["Operation"] = operation
    for field in fields_of(type(value)):
        member = getattr(value, field.name)
        if member is not None:
            found[field.name] = _member_to_json(field, member)
    return found


def _member_to_json(field: Field, member: Any) -> JSON:
    if field.array is None:
        return member if field.leaf is not None else to_json(member)
    return list(member) if field.leaf is not None else [to_json(item) for item in member]


# From JSON


def request_from_json(rpc: str, arguments: Mapping[str, JSON]) -> AnyRequest:
    """The request that asks a CPE for ``rpc``; raises `ArgumentError`.

    A name that the standard does not know is a vendor's RPC (it must begin with ``X_``); its one argument is
    ``XML``.
    """
    declared = BY_NAME.get(rpc)
    if declared is not None and CPE in declared.to:
        made: AnyRequest = from_json(declared.request, arguments)
        return made
    if rpc.startswith("X_") and not rpc.endswith("Response"):
        return _vendor_request(rpc, arguments)
    raise ArgumentError("rpc", f"no RPC that a CPE carries out: {rpc[:80]!r}")


def _vendor_request(rpc: str, arguments: Mapping[str, JSON]) -> VendorRequest:
    xml = _checked(arguments, ("XML",), "").get("XML", "")
    if not isinstance(xml, str):
        raise ArgumentError("XML", "must be a string")
    try:
        element_name(rpc)
    except LocalProtocolError as error:
        raise ArgumentError("rpc", str(error)) from None
    try:
        return VendorRequest(rpc, vendor_content(xml))
    except LocalProtocolError as error:
        raise ArgumentError("XML", str(error)) from None


def from_json(cls: type[T], value: JSON, where: str = "") -> T:
    """The message or structure that a JSON object describes; raises `ArgumentError`."""
    fields = fields_of(cls)
    operation = ("Operation",) if cls in _OPERATION_NAMES else ()
    given = _checked(value, (*operation, *(field.name for field in fields)), where)
    values = {field.name: _member(field, given, _join(where, field.name)) for field in fields}
    if cls is ParameterValueStruct:
        _check_type(values["Type"], _join(where, "Type"))
    return cls(**values)


def _checked(value: JSON, names: Sequence[str], where: str) -> Mapping[str, JSON]:
    if not isinstance(value, Mapping):
        raise ArgumentError(where, "must be an object")
    for name in value:
        if name not in names:
            known = f"; known: {', '.join(names)}" if names else "; there are none"
            raise ArgumentError(_join(where, str(name)), f"unknown argument{known}")
    return value


def _member(field: Field, given: Mapping[str, JSON], where: str) -> Any:
    if field.name not in given or (given[field.name] is None and field.optional):
        if field.required:
            raise ArgumentError(where, "missing")
        return field.default
    value = given[field.name]
    if field.array is None:
        return _item(field, value, where)
    if not isinstance(value, list):
        raise ArgumentError(where, "must be a list")
    if objection := field.array.objection(len(value)):
        raise ArgumentError(where, objection)
    return tuple(_item(field, item, f"{where}[{number}]") for number, item in enumerate(value))


def _item(field: Field, value: JSON, where: str) -> Any:
    if field.leaf is not None:
        return _leaf(field.leaf, value, where)
    if len(field.structs) == 1:
        return from_json(field.structs[0], value, where)
    name = value.get("Operation") if isinstance(value, Mapping) else None
    if not isinstance(name, str) or name not in _OPERATIONS:
        raise ArgumentError(_join(where, "Operation"), f"must be one of {', '.join(_OPERATIONS)}")
    return from_json(_OPERATIONS[name], value, where)


def _leaf(leaf: Leaf, value: JSON, where: str) -> Any:
    if leaf.lexical:
        value = _lexical(value, where)
    if type(value) is not leaf.python:
        article = "an" if leaf.python is int else "a"
        raise ArgumentError(where, f"must be {article} {_JSON_TYPES[leaf.python]}")
    if isinstance(value, str) and printable(value) != value:
        raise ArgumentError(where, "holds a character that XML cannot carry")
    if objection := leaf.objection(value):
        raise ArgumentError(where, objection)
    return value


def _lexical(value: JSON, where: str) -> str:
    """A parameter's value as text; booleans as digits, for devices that refuse the words."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return str(value)
    if not isinstance(value, str):
        raise ArgumentError(where, "must be a string, a number or a boolean")
    return value


def _check_type(name: str, where: str) -> None:
    if name and (not name.startswith("xsd:") or name[4:] not in SIMPLE_TYPES):
        raise ArgumentError(where, "must be an XML Schema type such as xsd:string")


def _join(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


# Its description


def schema_of(cls: type) -> dict[str, JSON]:
    """The JSON Schema of a message or structure, for the API's description and for forms."""
    fields = fields_of(cls)
    properties = {field.name: _field_schema(field) for field in fields}
    required = [field.name for field in fields if field.required]
    if (operation := _OPERATION_NAMES.get(cls)) is not None:
        properties["Operation"] = {"const": operation}
        required.append("Operation")
    schema: dict[str, JSON] = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | {"required": required} if required else schema


def _field_schema(field: Field) -> dict[str, JSON]:
    item = _leaf_schema(field.leaf) if field.leaf is not None else _struct_schema(field.structs)
    if field.array is not None:
        return _list_schema(field.array, item)
    return item | {"type": [item["type"], "null"]} if field.optional else item


def _list_schema(array: Several, item: dict[str, JSON]) -> dict[str, JSON]:
    schema: dict[str, JSON] = {"type": "array", "items": item}
    if array.least:
        schema["minItems"] = array.least
    if array.most:
        schema["maxItems"] = array.most
    return schema


def _struct_schema(structs: tuple[type, ...]) -> dict[str, JSON]:
    if len(structs) == 1:
        return schema_of(structs[0])
    return {"oneOf": [schema_of(struct) for struct in structs]}


def _leaf_schema(leaf: Leaf) -> dict[str, JSON]:
    if leaf.lexical:
        return {"type": ["string", "number", "boolean"]}
    schema: dict[str, JSON] = {"type": _JSON_TYPES[leaf.python]}
    if leaf.maximum:
        schema["maxLength"] = leaf.maximum
    if leaf.pattern:
        schema["pattern"] = f"^({leaf.pattern})$"
    if leaf.bounds is not None:
        schema |= {"minimum": leaf.bounds[0], "maximum": leaf.bounds[-1]}
    return schema
