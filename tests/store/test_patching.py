"""Single parameters within a document that is not read, against documents that are."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import json
from msgspec.structs import astuple
from twisted.trial.unittest import SynchronousTestCase

from acs.store.patching import find, is_patchable, patched
from acs.store.records import Parameter
from acs.store.vault import json_bytes

NAMES = ("Device.A", "Device.A.B", "A", "B", "x", "_1", "-", ".")
TRAPS = (
    "", "A", '"', "\\", '\\"', "],[", '],["A",', '"],["A",', '"],["A","', "[[", "]]", '[["A",', '\\"],["A",',
    "],[\\", "ä\n\0", ",", ',"A",',
)  # fmt: skip

_traps = st.lists(st.sampled_from(TRAPS), max_size=3).map("".join) | st.text(max_size=4)
_parameters = st.builds(
    Parameter,
    name=st.sampled_from(NAMES) | _traps,
    value=st.none() | _traps,
    type=_traps,
    writable=st.none() | st.booleans(),
    notification=st.none() | st.integers(-1, 2),
    access_list=st.none() | st.lists(_traps | st.sampled_from(NAMES), max_size=3).map(tuple),
    updated=st.floats(0, 2e9),
)
_documents = st.lists(_parameters, min_size=1, max_size=6, unique_by=lambda each: each.name)


def document_of(parameters: list[Parameter]) -> bytes:
    """What the store writes for them."""
    return json_bytes([astuple(each) for each in parameters])


class PatchingTests(SynchronousTestCase):
    @settings(max_examples=600, deadline=None)
    @given(_documents, st.sampled_from(NAMES), _parameters)
    @example([Parameter("x", '],["A",'), Parameter("A", "1")], "A", Parameter("x", "2"))
    @example([Parameter("x", "],[", 'A",')], "A", Parameter("x", "2"))
    @example([Parameter("x", access_list=("A", "b"))], "A", Parameter("x", "2"))
    @example([Parameter("A", "\\"), Parameter("B", '"]')], "A", Parameter("B", "2"))
    def test_it_is_as_if_the_document_had_been_read(
        self, parameters: list[Parameter], name: str, other: Parameter
    ) -> None:
        document, known = document_of(parameters), {each.name: each for each in parameters}
        self.assertTrue(is_patchable(document, [name]))
        self.assertEqual(known.get(name), find(document, name))
        new = Parameter(name, *astuple(other)[1:])
        written = patched(document, new)
        self.assertEqual(document_of(list((known | {name: new}).values())), written)
        self.assertEqual(
            known | {name: new}, {each.name: each for each in json.decode(written, type=list[Parameter])}
        )

    def test_documents_without_a_parameter_and_odd_names_have_to_be_read(self) -> None:
        document = document_of([Parameter("A")])
        self.assertFalse(is_patchable(b"[]", ["A"]))
        self.assertFalse(is_patchable(b"", ["A"]))
        for name in ("", "A B", 'A"', "A\\", "Ä", "A,", "[A]", "A\n"):
            self.assertFalse(is_patchable(document, ["A", name]), name)

    def test_for_many_it_is_as_quick_to_read_all(self) -> None:
        document = document_of([Parameter("A")])
        self.assertTrue(is_patchable(document, ["A"] * 16))
        self.assertFalse(is_patchable(document, ["A"] * 17))
