"""A Tindra Voice TV-20 1.0.7 as it called: it does not know GetParameterAttributes."""

from __future__ import annotations

from tests.support.recording import RecordedCase


class PhoneWithoutAttributesTests(RecordedCase):
    """In the recording it was asked: SetParameterValues, GetParameterNames, GetParameterValues,
    GetParameterAttributes."""

    recorded = "tests/recorded/phone_without_attributes"

    async def test_its_session_goes_to_its_end(self) -> None:
        seen = await self.replay()
        self.assertEqual((), seen.unanswered)
        self.assertEqual("success", seen.session.result, seen.session.failure)
        self.assertEqual((), seen.session.quirks)
        self.assertEqual((), seen.notes)
        self.assertEqual("GetParameterAttributes", seen.asked[-1])

    async def test_with_its_quirk_it_is_not_asked_what_it_does_not_know(self) -> None:
        seen = await self.replay("no-attributes")
        self.assertEqual(("no-attributes",), seen.session.quirks)
        self.assertEqual(("GetParameterNames", "GetParameterValues"), seen.asked)
