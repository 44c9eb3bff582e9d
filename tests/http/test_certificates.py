"""What certificates and keys say, and which of them are refused."""

from __future__ import annotations

import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from twisted.trial.unittest import SynchronousTestCase

from acs.http.certificates import (
    BadCertificate,
    Patterns,
    belongs,
    host_of,
    kind_of,
    lapse,
    names_of,
    read_chain,
    read_key,
)
from tests.support.certificates import Authority, a_key, self_signed

AUTHORITY = Authority()
DAY = 86_400.0


class ReadingTests(SynchronousTestCase):
    def refused(self, read: object, pem: bytes) -> str:
        """Why it is."""
        return str(self.assertRaises(BadCertificate, read, pem))

    def test_a_chain_is_read_in_order_whatever_stands_between(self) -> None:
        leaf = AUTHORITY.issue("acs.example")
        chain = read_chain(b"Bag Attributes\n" + leaf.pem + leaf.key_pem + AUTHORITY.own.pem)
        self.assertEqual([leaf.certificate, AUTHORITY.own.certificate], chain)

    def test_a_key_may_stand_behind_its_certificate_or_its_curve(self) -> None:
        leaf = AUTHORITY.issue("acs.example")
        curve = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
        plain = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        for pem in (leaf.pem + leaf.key_pem, curve + plain):
            self.assertTrue(belongs(read_key(pem), leaf.certificate))

    def test_what_is_no_certificate_is_refused(self) -> None:
        leaf = AUTHORITY.issue("acs.example")
        for pem in (b"", b"\xff\0", leaf.key_pem, b"-----BEGIN CERTIFICATE REQUEST-----"):
            self.assertIn("has no certificate", self.refused(read_chain, pem))
        for pem in (leaf.pem[:100], leaf.pem.replace(b"MII", b"!!!"), leaf.pem.replace(b"MII", b"AAA")):
            self.assertIn("cannot be read", self.refused(read_chain, pem))

    def test_what_is_no_key_is_refused(self) -> None:
        leaf = AUTHORITY.issue("acs.example")
        self.assertIn("has no private key", self.refused(read_key, leaf.pem))
        self.assertIn("cannot be read", self.refused(read_key, leaf.key_pem[:60]))
        self.assertIn("is encrypted", self.refused(read_key, leaf.locked(b"geheim")))
        dsa = a_key("dsa").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.assertIn("neither RSA nor", self.refused(read_key, dsa))

    def test_no_reason_shows_a_key(self) -> None:
        leaf = AUTHORITY.issue("acs.example")
        secret = leaf.key_pem.splitlines()[1][:20].decode()
        self.assertNotIn(secret, self.refused(read_key, leaf.key_pem[:-40]))

    def test_a_key_belongs_to_one_certificate(self) -> None:
        leaf, other = AUTHORITY.issue("a"), AUTHORITY.issue("b", kind="rsa")
        self.assertFalse(belongs(other.key, leaf.certificate))

    def test_kinds_of_keys(self) -> None:
        for kind, expected in (("rsa", "RSA"), ("ecdsa", "ECDSA"), ("ed25519", "EdDSA")):
            self.assertEqual(expected, kind_of(AUTHORITY.issue("a", kind=kind).certificate))
        self.assertRaises(BadCertificate, kind_of, AUTHORITY.issue("a", kind="dsa").certificate)

    def test_dates(self) -> None:
        certificate, now = AUTHORITY.issue("a", begins=-2, ends=2).certificate, time.time()
        self.assertEqual("", lapse(certificate, now))
        self.assertRegex(lapse(certificate, now + 3 * DAY), r"^expired on \d{4}-\d\d-\d\d$")
        self.assertRegex(lapse(certificate, now - 3 * DAY), r"^is not valid before \d{4}-\d\d-\d\d$")


class NameTests(SynchronousTestCase):
    def test_cn_and_then_the_alternative_names_each_once(self) -> None:
        issued = AUTHORITY.issue("acs.example", "b.example", "acs.example", "*.c.example")
        self.assertEqual(("acs.example", "b.example", "*.c.example"), names_of(issued.certificate))

    def test_one_without_alternative_names_has_its_cn(self) -> None:
        self.assertEqual(("00D09E-S1",), names_of(self_signed("00D09E-S1").certificate))

    def test_one_that_names_nobody_has_none(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = x509.CertificateBuilder().subject_name(x509.Name([])).issuer_name(x509.Name([]))
        begins, ends = (
            AUTHORITY.own.certificate.not_valid_before_utc,
            AUTHORITY.own.certificate.not_valid_after_utc,
        )
        builder = builder.not_valid_before(begins).not_valid_after(ends).serial_number(1)
        self.assertEqual((), names_of(builder.public_key(key.public_key()).sign(key, hashes.SHA256())))


class MatchTests(SynchronousTestCase):
    def match(self, pattern: str, name: bytes | None) -> bool:
        """Whether a certificate with this name is for a client that asks for that one."""
        host = host_of(name)
        return host is not None and Patterns([pattern]).match(host)

    def test_a_name_is_the_same_in_capitals(self) -> None:
        self.assertTrue(self.match("acs.ISP.example", b"ACS.isp.example"))
        self.assertFalse(self.match("acs.isp.example", b"acs.isp.example.net"))

    def test_a_wildcard_is_one_label(self) -> None:
        self.assertTrue(self.match("*.isp.example", b"acs.isp.example"))
        for name in (b"isp.example", b"a.b.isp.example"):
            self.assertFalse(self.match("*.isp.example", name), name)

    def test_wildcards_elsewhere_or_of_a_whole_domain_are_none(self) -> None:
        for pattern in ("a*.isp.example", "acs.*.example", "*", "*.example", "*.*.isp.example"):
            self.assertFalse(self.match(pattern, b"acs.isp.example"), pattern)

    def test_what_names_no_host_matches_nothing(self) -> None:
        for name in (None, b"", b"127.0.0.1", b"\xff", b"a b", b"*.isp.example", b"acs\0.isp.example"):
            self.assertFalse(self.match("*.isp.example", name), name)
        for pattern in ("My Router", "", "127.0.0.1", "bücher.example"):
            self.assertFalse(self.match(pattern, b"acs.isp.example"), pattern)
