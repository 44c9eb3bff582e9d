"""Requests of a size that a device can take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.batching import batches, halves
from acs.cwmp.paths import parent
from acs.cwmp.values import ParameterValueStruct, SetParameterAttributesStruct
from tests.configuration.strategies import NAMES


def cut(names: str, most: int) -> list[str]:
    """The batches of parameters that are called by an object's letter, then their own."""
    values = [ParameterValueStruct(".".join(name), "") for name in names.split()]
    return [" ".join(each.Name.replace(".", "") for each in batch) for batch in batches(values, most)]


class BatchTests(SynchronousTestCase):
    def test_none_make_none(self) -> None:
        self.assertEqual([[], []], [cut("", 0), cut("", 3)])

    def test_without_a_limit_all_go_at_once(self) -> None:
        self.assertEqual(["a1 a2 b1"], cut("a1 a2 b1", 0))

    def test_what_fits_goes_together(self) -> None:
        self.assertEqual(["a1 b1 b2", "c1"], cut("a1 b1 b2 c1", 3))

    def test_an_object_is_kept_together_where_it_fits(self) -> None:
        self.assertEqual(["a1 a2", "b1 b2"], cut("a1 a2 b1 b2", 3))
        self.assertEqual(["a1 a2", "b1 b2"], cut("a1 b1 b2 a2", 3))

    def test_an_object_that_is_too_large_is_cut(self) -> None:
        self.assertEqual(["a1", "b1 b2", "b3 c1"], cut("a1 b1 b2 b3 c1", 2))
        self.assertEqual(["a1", "a2"], cut("a1 a2", 1))

    def test_attributes_are_cut_alike(self) -> None:
        attributes = [SetParameterAttributesStruct("A.x"), SetParameterAttributesStruct("A.y")]
        self.assertEqual([(attributes[0],), (attributes[1],)], batches(attributes, 1))

    @given(st.lists(NAMES), st.integers(0, 5))
    def test_none_is_lost_and_no_batch_is_too_large(self, names: list[str], most: int) -> None:
        values = [ParameterValueStruct(name, str(number)) for number, name in enumerate(names)]
        found = batches(values, most)
        self.assertEqual(set(values), {each for batch in found for each in batch})
        self.assertEqual(len(values), sum(len(batch) for batch in found))
        for batch in found:
            self.assertTrue(0 < len(batch) <= (most or len(values)))
        for name in set(map(parent, names)):
            count = sum(parent(each) == name for each in names)
            holding = [batch for batch in found if any(parent(each.Name) == name for each in batch)]
            self.assertEqual(-(-count // most) if most else 1, len(holding))


class HalvesTests(SynchronousTestCase):
    def test_both_together_are_the_whole(self) -> None:
        self.assertEqual([("a",), ("b", "c")], halves(("a", "b", "c")))
        self.assertEqual([("a", "b"), ("c", "d")], halves(("a", "b", "c", "d")))
