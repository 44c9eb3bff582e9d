"""Adapters, and what becomes of several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.quirks.adapter import NOTHING, Adapter, merged
from acs.quirks.catalogue import QUIRKS
from acs.quirks.on_values import digit, whole_second

ADAPTERS = st.sampled_from([quirk.adapter for quirk in QUIRKS.values()])


class MergeTests(SynchronousTestCase):
    def test_none_do_nothing(self) -> None:
        self.assertIs(NOTHING, merged([]))
        self.assertIs(NOTHING, merged([NOTHING, Adapter()]))

    def test_each_wish_is_kept_and_the_stricter_one_wins(self) -> None:
        self.assertEqual(
            Adapter(
                close=True,
                writes=(digit, whole_second),
                rpcs_per_session=1,
                names_per_request=32,
                silence_seconds=600.0,
                never=("GetParameterAttributes", "GetParameterNames"),
            ),
            merged(
                [
                    Adapter(
                        close=True, writes=(whole_second,), rpcs_per_session=3, never=("GetParameterNames",)
                    ),
                    Adapter(writes=(digit,), names_per_request=32, silence_seconds=600.0),
                    Adapter(rpcs_per_session=1, silence_seconds=90.0, never=("GetParameterAttributes",)),
                ]
            ),
        )

    @given(st.lists(ADAPTERS), st.randoms())
    def test_their_order_and_number_make_no_difference(self, adapters: list[Adapter], chance: object) -> None:
        other = [*adapters, *adapters]
        chance.shuffle(other)  # type: ignore[attr-defined]
        self.assertEqual(merged(adapters), merged(other))
        self.assertEqual(merged(adapters), merged([merged(adapters[:1]), merged(adapters[1:])]))


class CatalogueTests(SynchronousTestCase):
    def test_each_quirk_does_something_and_says_what(self) -> None:
        for name, quirk in QUIRKS.items():
            self.assertRegex(name, r"\A[a-z]+(-[a-z]+)*\Z")
            self.assertNotEqual(NOTHING, quirk.adapter, name)
            for words in (quirk.symptom, quirk.remedy):
                self.assertTrue(words.endswith("."), words)
            self.assertTrue(quirk.source, name)
