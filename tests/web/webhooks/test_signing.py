"""How messages are signed, and where they may go."""

from __future__ import annotations

from base64 import b64encode

from twisted.trial.unittest import SynchronousTestCase

from acs.web.webhooks import addresses
from acs.web.webhooks.signing import headers, key_of, new_secret, signature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class SigningTests(SynchronousTestCase):
    def test_a_signature_is_the_one_that_others_compute(self) -> None:
        """The example of the Standard Webhooks specification's own implementations."""
        said = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        self.assertEqual("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", said)

    def test_it_depends_on_all_that_is_signed(self) -> None:
        plain = signature(SECRET, "a", 1, b"body")
        for other in ((SECRET + "w", "a", 1, b"body"), (SECRET, "b", 1, b"body"), (SECRET, "a", 2, b"body")):
            self.assertNotEqual(plain, signature(*other))
        self.assertNotEqual(plain, signature(SECRET, "a", 1, b"bodz"))

    def test_three_headers_go_with_a_message(self) -> None:
        said = headers(SECRET, "a", 1614265330, b"{}")
        self.assertEqual({"webhook-id", "webhook-timestamp", "webhook-signature"}, set(said))
        self.assertEqual(("a", "1614265330"), (said["webhook-id"], said["webhook-timestamp"]))

    def test_a_secret_is_base64_or_the_key_itself(self) -> None:
        self.assertEqual(b"0123456789", key_of("whsec_" + b64encode(b"0123456789").decode()))
        self.assertEqual("käse".encode(), key_of("käse"))
        self.assertEqual(b"whsec_!", key_of("whsec_!"))
        self.assertEqual(bytes(24), key_of(new_secret(bytes(24))))


class AddressTests(SynchronousTestCase):
    def test_messages_go_wherever_an_administrator_says(self) -> None:
        for url in (
            "https://crm.isp.example/acs?token=x",
            "http://localhost:8080/",
            "http://127.0.0.1/",
            "http://10.0.0.1:8080/hook",
            "http://[2001:db8::1]:80/",
            "https://[fd00::1]/",
            "http://crm",
        ):
            self.assertEqual("", addresses.problem(url), url)

    def test_what_cannot_be_right_is_refused(self) -> None:
        for url, words in (
            ("ftp://crm/", "http"),
            ("crm.isp.example", "http"),
            ("https://", "host"),
            ("http://crm:0/", "http"),
            ("http://crm:99999/", "no URL"),
            ("http://[::1/", "no URL"),
            ("http://us\u00e9/", "characters"),
            ("http://crm/a b", "characters"),
            ("http://crm/\r\nX: y", "characters"),
            ("http://user:password@crm/", "password"),
            ("http://169.254.169.254/latest/meta-data/", "link-local"),
            ("http://[fe80::1%25eth0]/", "link-local"),
            ("http://[::ffff:169.254.169.254]/", "link-local"),
            ("http://0.0.0.0/", "one host"),
            ("http://224.0.0.1/", "one host"),
            ("http://255.255.255.255/", "one host"),
        ):
            self.assertIn(words, addresses.problem(url), url)
