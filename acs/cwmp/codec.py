"""The XML form of messages, by what they declare of their fields.

Reading goes by local names, in any order, and takes what is there: a missing argument reads as nothing, an
unknown one is passed over, an arrayType is never believed.  Writing follows Annex A to the letter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from lxml import etree

from acs.cwmp.columns import Column, Constant, Texts, built, grouped, interleaved, leaves, only, scattered
from acs.cwmp.errors import LocalProtocolError, RemoteProtocolError
from acs.cwmp.fields import Field, fields_of, per_class
from acs.cwmp.markup import SIMPLE_TYPES, text, value_type
from acs.cwmp.namespaces import XSI, local
from acs.cwmp.skeleton import Slots
from acs.cwmp.types import Leaf, Several, SoapArray
from acs.cwmp.values import ParameterValueStruct

T = TypeVar("T")
Element = etree._Element
Row = dict[str, Element]
Compiler = Callable[[Sequence[Element], Slots], Column]
Writer = Callable[[Any, list[str]], None]

_XSI_TYPE = f"{{{XSI}}}type"
_VALUE_TYPES = {name: f"xsd:{name}" for name in SIMPLE_TYPES}
_VALUE_TYPES["base64"] = "xsd:base64Binary"  # SOAP encoding's own, and the wrong xsd:base64 of some devices


def plan(cls: type[T], element: Element, slots: Slots) -> Callable[[Texts], T]:
    """How the message or structure ``cls`` that ``element`` holds is made of the texts of its document.

    Both this and what it returns raise `RemoteProtocolError`: for elements, and for texts.
    """
    return only(_structs(cls)([element], slots))


def write(value: Any, out: list[str]) -> None:
    """Append the arguments of a message, or the members of a structure; raises `LocalProtocolError`."""
    for writer in _writers(type(value)):
        writer(value, out)


# Reading


@per_class
def _structs(cls: type) -> Compiler:
    if cls is ParameterValueStruct:
        return _parameter_values
    make = _constructor(cls)
    members = [_member(field) for field in fields_of(cls)]

    def compile_structs(elements: Sequence[Element], slots: Slots) -> Column:
        # Of an element that comes twice the last counts, unless all of them do.
        rows = [{local(child.tag): child for child in element} for element in elements]
        fields = [compile_member(elements, rows, slots) for compile_member in members]
        return built(make, fields, len(elements))

    return compile_structs


def _constructor(cls: type) -> Callable[..., Any]:
    """``cls``, to be called with its fields in wire order."""
    declared = inspect.signature(cls).parameters
    if all(parameter.kind is not parameter.KEYWORD_ONLY for parameter in declared.values()):
        return cls
    names = tuple(declared)
    return lambda *values: cls(**dict(zip(names, values, strict=True)))


def _member(field: Field) -> Callable[[Sequence[Element], Sequence[Row], Slots], Column]:
    """Compiles one field of all elements, whose children by name are the ``rows``."""
    compile_each = _leaves(field.name, field.leaf) if field.leaf is not None else _one_of(field)
    name, nothing, array, repeated = field.name, field.nothing, field.array is not None, field.repeated

    def compile_member(elements: Sequence[Element], rows: Sequence[Row], slots: Slots) -> Column:
        if repeated:
            return _groups([_named(name, element) for element in elements], compile_each, slots)
        there = [row[name] for row in rows if name in row]
        if not there:
            return Constant([nothing] * len(rows))
        column = _groups(there, compile_each, slots) if array else compile_each(there, slots)
        if len(there) == len(rows):
            return column
        # False and True are 0 and 1: the number of the column.
        return interleaved([column, Constant([nothing] * len(rows))], [name not in row for row in rows])

    return compile_member


def _named(name: str, element: Element) -> list[Element]:
    return [child for child in element if local(child.tag) == name]


def _groups(groups: Sequence[Iterable[Element]], compile_each: Compiler, slots: Slots) -> Column:
    items = [list(group) for group in groups]
    every = [element for group in items for element in group]
    column = compile_each(every, slots) if every else Constant(())
    return grouped(column, [len(group) for group in items])


def _leaves(name: str, leaf: Leaf) -> Compiler:
    convert = leaf.read if leaf.python is str else _blaming(name, leaf.read)

    def compile_leaves(elements: Sequence[Element], slots: Slots) -> Column:
        if any(map(len, elements)):
            raise _no_text(name)
        return _column([slots.of(element) for element in elements], convert, slots)

    return compile_leaves


def _column(numbers: Sequence[int], convert: Callable[[str], Any], slots: Slots) -> Column:
    fixed = slots.fixed(numbers)
    return leaves(numbers, convert) if fixed is None else Constant(map(convert, fixed))


def _blaming(name: str, convert: Callable[[str], Any]) -> Callable[[str], Any]:
    """``convert`` with the name of the field in its error."""

    def read(text: str) -> Any:
        try:
            return convert(text)
        except ValueError as error:
            raise RemoteProtocolError(f"{name}: {error}", fault=8003) from None

    return read


def _no_text(name: str) -> RemoteProtocolError:
    return RemoteProtocolError(f"{name}: elements where text was due", fault=8003)


def _one_of(field: Field) -> Compiler:
    if len(field.structs) == 1:
        return _structs(field.structs[0])
    compilers = {struct.__name__: _structs(struct) for struct in field.structs}

    def compile_one_of(elements: Sequence[Element], slots: Slots) -> Column:
        sorts: dict[str, list[Element]] = {}
        order = []
        for element in elements:
            name = _declared_type(element)
            if name not in compilers:
                raise RemoteProtocolError(f"{field.name}: unknown type {name[:60]!r}", fault=8003)
            sorts.setdefault(name, []).append(element)
            order.append(list(sorts).index(name))
        return interleaved([compilers[name](sort, slots) for name, sort in sorts.items()], order)

    return compile_one_of


def _parameter_values(elements: Sequence[Element], slots: Slots) -> Column:
    # The most frequent structure by far, and the only one whose type is told.  Cisco leaves Value out.
    names, values, types = [], [], []
    for element in elements:
        name = value = slots.nothing
        type_ = ""
        for child in element:
            tag = local(child.tag)
            if len(child) and tag in ("Name", "Value"):
                raise _no_text(tag)
            if tag == "Name":
                name = slots.of(child)
            elif tag == "Value":
                value = slots.of(child)
                type_ = _VALUE_TYPES.get(_declared_type(child), "")
        names.append(name)
        values.append(value)
        types.append(type_)
    return _rows_of_values(names, values, types, slots)


def _rows_of_values(
    names: Sequence[int], values: Sequence[int], types: Sequence[str], slots: Slots
) -> Column:
    """The structures of parameters, those made beforehand of which nothing changes."""
    fixed = list(map(slots.fixed, zip(names, values, strict=True)))
    changing = [row for row, both in enumerate(fixed) if both is None]
    always = [
        both and ParameterValueStruct(both[0].strip(), both[1], type_)
        for both, type_ in zip(fixed, types, strict=True)
    ]
    if not changing:
        return Constant(always)
    fields: list[Column] = [
        _column([names[row] for row in changing], str.strip, slots),
        _column([values[row] for row in changing], str, slots),
        Constant(types[row] for row in changing),
    ]
    return scattered(always, changing, built(ParameterValueStruct, fields, len(changing)))


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
