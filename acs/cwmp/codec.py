"""Messages and structures to XML and back, from what they declare of their fields.

Reading goes by local names, in any order, and takes what is there: a missing argument reads as nothing, an
unknown one is passed over, an arrayType is never believed.  Writing follows Annex A to the letter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from lxml import etree

from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.fields import Field, fields_of, per_class
from acs.cwmp.markup import SIMPLE_TYPES, text, value_type
from acs.cwmp.namespaces import XSI, local
from acs.cwmp.types import Leaf, Several, SoapArray
from acs.cwmp.values import ParameterValueStruct

T = TypeVar("T")
Element = etree._Element
Reader = Callable[[Element], Any]
Writer = Callable[[Any, list[str]], None]

_XSI_TYPE = f"{{{XSI}}}type"
_VALUE_TYPES = {name: f"xsd:{name}" for name in SIMPLE_TYPES}
_VALUE_TYPES["base64"] = "xsd:base64Binary"  # SOAP encoding's own, and the wrong xsd:base64 of some devices


def read(cls: type[T], element: Element) -> T:
    """The message or structure ``cls`` that ``element`` holds; raises `RemoteProtocolError`."""
    found: T = _reader(cls)(element)
    return found


def write(value: Any, out: list[str]) -> None:
    """Append the arguments of a message, or the members of a structure; raises `LocalProtocolError`."""
    for writer in _writers(type(value)):
        writer(value, out)


# Reading


@per_class
def _reader(cls: type) -> Reader:
    if cls is ParameterValueStruct:
        return _read_parameter_value
    fields = fields_of(cls)
    make = _constructor(cls)
    nothing = [field.nothing for field in fields]
    slots = {field.name: (index, _field_reader(field), field.repeated) for index, field in enumerate(fields)}
    repeated = [index for index, field in enumerate(fields) if field.repeated]

    def read_struct(element: Element) -> Any:
        values = nothing.copy()
        for index in repeated:
            values[index] = []
        for child in element:
            slot = slots.get(local(child.tag))
            if slot is None:
                continue
            index, read_field, many = slot
            if many:
                values[index].append(read_field(child))
            else:
                values[index] = read_field(child)
        for index in repeated:
            values[index] = tuple(values[index])
        return make(*values)

    return read_struct


def _constructor(cls: type) -> Callable[..., Any]:
    """``cls``, to be called with its fields in wire order."""
    declared = inspect.signature(cls).parameters
    if all(parameter.kind is not parameter.KEYWORD_ONLY for parameter in declared.values()):
        return cls
    names = tuple(declared)
    return lambda *values: cls(**dict(zip(names, values, strict=True)))


def _field_reader(field: Field) -> Reader:
    item = _leaf_reader(field.name, field.leaf) if field.leaf is not None else _struct_reader(field)
    if isinstance(field.array, SoapArray):
        return lambda element: tuple([item(child) for child in element])
    return item


def _leaf_reader(name: str, leaf: Leaf) -> Reader:
    convert = leaf.read

    def read_leaf(element: Element) -> Any:
        if len(element):
            raise _no_text(name)
        try:
            return convert(element.text or "")
        except ValueError as error:
            raise RemoteProtocolError(f"{name}: {error}", fault=8003) from None

    return read_leaf


def _no_text(name: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"{name}: elements where text was due", fault=8003)


def _struct_reader(field: Field) -> Reader:
    if len(field.structs) == 1:
        return _reader(field.structs[0])
    readers = {struct.__name__: _reader(struct) for struct in field.structs}

    def read_one_of(element: Element) -> Any:
        name = _declared_type(element)
        if name not in readers:
            raise RemoteProtocolError(f"{field.name}: unknown type {name[:60]!r}", fault=8003)
        return readers[name](element)

    return read_one_of


def _read_parameter_value(element: Element) -> ParameterValueStruct:
    # The most frequent structure by far, and the only one whose type is told.  Cisco leaves Value out.
    name = value = type_ = ""
    for child in element:
        tag = local(child.tag)
        if len(child) and tag in ("Name", "Value"):
            raise _no_text(tag)
        if tag == "Name":
            name = (child.text or "").strip()
        elif tag == "Value":
            value = child.text or ""
            type_ = _VALUE_TYPES.get(_declared_type(child), "")
    return ParameterValueStruct(name, value, type_)


def _declared_type(element: Element) -> str:
    """The local name of an element's xsi:type, "" where it has none."""
    declared = element.get(_XSI_TYPE)
    if declared is None:
        # Of whatever edition of XML Schema: netcwmp's is of 1999.
        names = element.attrib.items()
        declared = next((str(value) for name, value in names if local(str(name)) == "type"), "")
    return declared.rpartition(":")[2].strip()


# Writing


@per_class
def _writers(cls: type) -> tuple[Writer, ...]:
    if cls is ParameterValueStruct:
        return (_write_parameter_value,)
    return tuple(_field_writer(field) for field in fields_of(cls))


def _field_writer(field: Field) -> Writer:
    name = field.name
    write_value = _several_writer(field, field.array) if field.array else _single_writer(field, name)

    def write_field(owner: Any, out: list[str]) -> None:
        value = getattr(owner, name)
        if value is None and field.optional:
            return
        write_value(value, out)

    return write_field


def _single_writer(field: Field, name: str) -> Writer:
    if field.leaf is None:
        return lambda value, out: _wrap(name, value, out)
    leaf = field.leaf
    start, end = f"<{name}>", f"</{name}>"

    def write_leaf(value: Any, out: list[str]) -> None:
        if objection := leaf.objection(value):
            raise LocalProtocolError(f"{name}: {objection}")
        out.append(start + text(leaf.write(value)) + end)

    return write_leaf


def _several_writer(field: Field, array: Several) -> Writer:
    write_all = _array_writer(field, array) if isinstance(array, SoapArray) else _repeated_writer(field)

    def write_several(values: Any, out: list[str]) -> None:
        if objection := array.objection(len(values)):
            raise LocalProtocolError(f"{field.name}: {objection}")
        write_all(values, out)

    return write_several


def _array_writer(field: Field, array: SoapArray) -> Writer:
    name = field.name
    item = array.item or field.structs[0].__name__
    array_type = array.array_type or f"cwmp:{item}"
    write_item = _single_writer(field, item)

    def write_array(values: Any, out: list[str]) -> None:
        out.append(f'<{name} SOAP-ENC:arrayType="{array_type}[{len(values)}]">')
        for value in values:
            write_item(value, out)
        out.append(f"</{name}>")

    return write_array


def _repeated_writer(field: Field) -> Writer:
    typed = len(field.structs) > 1

    def write_repeated(values: Any, out: list[str]) -> None:
        for value in values:
            _wrap(field.name, value, out, f' xsi:type="cwmp:{type(value).__name__}"' if typed else "")

    return write_repeated


def _wrap(name: str, value: Any, out: list[str], attributes: str = "") -> None:
    out.append(f"<{name}{attributes}>")
    write(value, out)
    out.append(f"</{name}>")


def _write_parameter_value(value: ParameterValueStruct, out: list[str]) -> None:
    if len(value.Name) > 256:
        raise LocalProtocolError("Name: longer than 256 characters")
    type_ = value_type(value.Type)
    out.append(f'<Name>{text(value.Name)}</Name><Value xsi:type="{type_}">{text(value.Value)}</Value>')
