"""What several devices have said alike."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.store import phrases
from acs.store.phrases import in_common


def said(secret: str, of: str = "Name", count: int = 100) -> bytes:
    told = "".join(f"<{of}>InternetGatewayDevice.Object.Number{number}</{of}>" for number in range(count))
    return f"head {secret}<ID>{secret}</ID>{told}<Value>{secret}</Value>".encode()


class PhrasesTests(SynchronousTestCase):
    def test_what_is_one_device_s_alone_is_not_in_it(self) -> None:
        text = in_common({number: said(f"secret-{number}") for number in range(5)})
        self.assertNotIn(b"secret", text)
        self.assertIn(
            b"".join(b"<Name>InternetGatewayDevice.Object.Number%d</Name>" % number for number in range(100)),
            text,
        )

    def test_nor_what_is_only_two_devices(self) -> None:
        text = in_common({number: said(f"secret-{number // 2}") for number in range(6)})
        self.assertNotIn(b"secret", text)
        self.assertIn(b"Object.Number7", text)

    def test_two_devices_have_nothing_in_common(self) -> None:
        self.assertEqual(b"", in_common({number: said("the same") for number in range(2)}))

    def test_each_kind_of_device_is_in_it_once(self) -> None:
        kinds = ("Name", "Node", "Noun")
        text = in_common({number: said(f"secret-{number}", kinds[number % 3]) for number in range(12)})
        for kind in kinds:
            self.assertEqual(1, text.count(f"<{kind}>InternetGatewayDevice.Object.Number50<".encode()), kind)

    def test_it_is_no_longer_than_may_be(self) -> None:
        self.patch(phrases, "MOST", 12_000)
        samples = {number: said("x", ("Name", "Node", "Noun")[number % 3]) for number in range(12)}
        text = in_common(samples)
        self.assertIn(b"<Name>", text)
        self.assertNotIn(b"<Noun>", text)
        self.assertLessEqual(len(text), 12_000)

    def test_nothing_is_made_of_brackets(self) -> None:
        self.assertEqual(b"", in_common(dict.fromkeys(range(5), b"<>" * 10_000)))
