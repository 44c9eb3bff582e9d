"""TLS as OpenSSL's own client meets it: what must connect connects, and what must not does not."""

from __future__ import annotations

import subprocess
from base64 import b64decode
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from acs.http.tls import FFDHE2048, RESUMABLE, Credential, Profile, base_context, grouped
from acs.http.tls_files import BadTls
from tests.http.tls_case import PLACE, TlsCase
from tests.support import openssl
from tests.support.certificates import Authority, self_signed
from tests.support.openssl import ANY, s_client

OLD = ("tls1", "tls1_1")
NEW = ("tls1_2", "tls1_3")
NAMES = {"tls1": "TLSv1", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3"}


def needs(version: str) -> None:
    """Skip the test where the client cannot speak it."""
    if not openssl.speaks(version):
        raise SkipTest(f"the openssl of this machine does not speak {NAMES[version]}")


class ProfileTests(TlsCase):
    skip = openssl.SKIP

    async def speaks(self, profile: str, version: str) -> bool:
        """Whether a listener of this profile and a client that only has this version understand each
        other."""
        needs(version)
        port = await self.listen(self.pair("acs.example", kind="rsa"), profile=profile)
        said = await s_client(port, f"-{version}", *ANY)
        self.assertEqual(said.version if said.answered else "", NAMES[version] if said.answered else "")
        return said.answered

    async def test_modern_takes_1_2(self) -> None:
        self.assertTrue(await self.speaks("modern", "tls1_2"))

    async def test_modern_takes_1_3(self) -> None:
        self.assertTrue(await self.speaks("modern", "tls1_3"))

    async def test_modern_refuses_1_0(self) -> None:
        self.assertFalse(await self.speaks("modern", "tls1"))

    async def test_modern_refuses_1_1(self) -> None:
        self.assertFalse(await self.speaks("modern", "tls1_1"))

    async def test_legacy_takes_1_0(self) -> None:
        self.assertTrue(await self.speaks("legacy", "tls1"))

    async def test_legacy_takes_1_1(self) -> None:
        self.assertTrue(await self.speaks("legacy", "tls1_1"))

    async def test_legacy_takes_1_2(self) -> None:
        self.assertTrue(await self.speaks("legacy", "tls1_2"))

    async def test_legacy_takes_1_3(self) -> None:
        self.assertTrue(await self.speaks("legacy", "tls1_3"))


class CipherTests(TlsCase):
    skip = openssl.SKIP

    async def with_cipher(self, port: int, ciphers: str) -> str:
        """What is agreed upon with a client that has these only; "" where nothing is."""
        said = await s_client(port, "-tls1_2", "-cipher", f"{ciphers}:@SECLEVEL=0")
        return said.cipher if said.answered else ""

    async def test_rsa_key_exchange_and_cbc_are_for_legacy_only(self) -> None:
        for profile in ("modern", "legacy"):
            port = await self.listen(self.pair(f"{profile}.example", kind="rsa"), profile=profile)
            for cipher in ("AES128-SHA", "AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA"):
                expected = cipher if profile == "legacy" else ""
                self.assertEqual(expected, await self.with_cipher(port, cipher), profile)
            good = "ECDHE-RSA-AES128-GCM-SHA256"
            self.assertEqual(good, await self.with_cipher(port, good), profile)

    async def test_legacy_has_dhe_of_2048_bits_and_modern_has_none(self) -> None:
        port = await self.listen(self.pair("acs.example", kind="rsa"), profile="legacy")
        said = await s_client(port, "-tls1_2", "-cipher", "DHE-RSA-AES128-SHA:@SECLEVEL=0")
        self.assertTrue(said.answered)
        self.assertRegex(said.text, r"Server Temp Key: (DH|FFDHE), 2048 bits")
        port = await self.listen(self.pair("acs.example", kind="rsa"))
        self.assertEqual("", await self.with_cipher(port, "DHE-RSA-AES128-GCM-SHA256"))

    async def test_no_profile_goes_without_authentication_or_encryption(self) -> None:
        port = await self.listen(self.pair("acs.example", kind="rsa"), profile="legacy")
        for ciphers in ("aNULL", "eNULL"):
            self.assertEqual("", await self.with_cipher(port, ciphers))

    async def test_modern_chooses_and_legacy_lets_the_client_choose(self) -> None:
        weaker, stronger = "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"
        for profile, expected in (("modern", stronger), ("legacy", weaker)):
            port = await self.listen(self.pair(f"{profile}.example", kind="rsa"), profile=profile)
            self.assertEqual(expected, await self.with_cipher(port, f"{weaker}:{stronger}"))

    async def test_a_client_cannot_renegotiate(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        said = await s_client(port, "-tls1_2", "-no_ign_eof", says=b"R\n")
        self.assertIn("no renegotiation", said.text)
        self.assertEqual([], self.app.requests)


class WeakCertificateTests(TlsCase):
    skip = openssl.SKIP

    def sha1(self) -> tuple[Path, Path]:
        """A certificate that is signed with SHA-1, which ``cryptography`` does not do any more."""
        issued = self.authority.issue("old.example", kind="rsa")
        ca, ca_key = self.authority.own.write(self.folder, "ca")
        certificate, key = issued.write(self.folder, "old")
        request = subprocess.run(
            ["openssl", "req", "-new", "-key", key, "-subj", "/CN=old.example"],
            check=True,
            capture_output=True,
            timeout=20,
        ).stdout
        signed = subprocess.run(
            ["openssl", "x509", "-req", "-CA", ca, "-CAkey", ca_key, "-sha1", "-set_serial", "7", "-text"],
            input=request,
            check=True,
            capture_output=True,
            timeout=20,
        ).stdout
        self.assertIn(b"Signature Algorithm: ecdsa-with-SHA1", signed)
        certificate.write_bytes(signed)
        return certificate, key

    async def test_legacy_shows_small_keys_and_sha_1(self) -> None:
        for name, pair in (("small", self.pair("small", kind="rsa-1024")), ("old.example", self.sha1())):
            port = await self.listen(pair, profile="legacy")
            said = await s_client(port, "-tls1_2", *ANY)
            self.assertEqual((True, name), (said.answered, said.server))

    def test_modern_says_why_it_does_not_show_small_keys(self) -> None:
        pair = self.pair("small", kind="rsa-1024")
        (problem,) = self.assertRaises(BadTls, self.securing.load, [self.files(pair)]).problems
        self.assertEqual(f"{PLACE}.certificate", problem.place)
        self.assertEqual(f"{pair[0]} is refused by the profile: ee key too small", problem.reason)


class ChoiceTests(TlsCase):
    skip = openssl.SKIP

    async def test_a_client_is_shown_the_certificate_that_it_asks_for(self) -> None:
        first, second = self.pair("first.example"), self.pair("second.example", "alias.example")
        port = await self.listen(first, second, self.pair("any", "*.wild.example"))
        for asked, shown in (
            ("second.example", "second.example"),
            ("ALIAS.example", "second.example"),
            ("a.wild.example", "any"),
            ("first.example", "first.example"),
            ("a.b.wild.example", "first.example"),
            ("unknown.example", "first.example"),
        ):
            for version in NEW:
                said = await s_client(port, f"-{version}", "-servername", asked)
                self.assertEqual((True, shown), (said.answered, said.server), asked)

    async def test_one_that_asks_for_none_is_shown_the_first(self) -> None:
        port = await self.listen(self.pair("first.example"), self.pair("second.example"))
        self.assertEqual("first.example", (await s_client(port)).server)

    async def test_rsa_and_ecdsa_are_both_offered_each_with_its_own_chain(self) -> None:
        both = []
        for kind in ("rsa", "ecdsa"):
            between = Authority(f"{kind} CA", above=self.authority)
            issued = between.issue("acs.example", kind=kind)
            both.append(issued.write(self.folder, kind, between.own))
        port = await self.listen(*both)
        for kind, ciphers in (("rsa", "ECDHE+aRSA"), ("ecdsa", "ECDHE+aECDSA")):
            said = await s_client(port, "-tls1_2", "-cipher", ciphers, "-showcerts")
            self.assertEqual((True, ["acs.example", f"{kind} CA"]), (said.answered, said.chain), kind)

    async def test_those_that_are_chosen_by_name_are_offered_in_both_kinds_too(self) -> None:
        second = [self.authority.issue("second.example", kind=kind) for kind in ("rsa", "ecdsa")]
        pairs = [each.write(self.folder, f"second-{number}") for number, each in enumerate(second)]
        port = await self.listen(self.pair("first.example"), *pairs)
        for ciphers in ("ECDHE+aRSA", "ECDHE+aECDSA"):
            said = await s_client(port, "-tls1_2", "-servername", "second.example", "-cipher", ciphers)
            self.assertEqual((True, "second.example"), (said.answered, said.server), ciphers)

    async def test_no_application_protocol_is_agreed_upon(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        said = await s_client(port, "-alpn", "h2,http/1.1")
        self.assertTrue(said.answered)
        self.assertIn("No ALPN negotiated", said.text)


class ResumptionTests(TlsCase):
    skip = openssl.SKIP

    async def again(self, port: int, *options: str) -> int:
        """How often the second of two connections resumes what the first began."""
        kept = str(self.folder / "session")
        first = await s_client(port, *options, "-sess_out", kept)
        second = await s_client(port, *options, "-sess_in", kept)
        self.assertTrue(first.answered and second.answered)
        self.assertEqual(0, first.resumed)
        return second.resumed

    def test_a_session_can_be_resumed_for_two_hours(self) -> None:
        for profile in Profile:
            self.assertEqual(RESUMABLE, base_context(profile, b"main").get_timeout())

    async def test_by_ticket(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        for version in NEW:
            self.assertEqual(1, await self.again(port, f"-{version}"), version)

    async def test_by_the_sessions_id(self) -> None:
        port = await self.listen(self.pair("acs.example"), profile="legacy")
        self.assertEqual(1, await self.again(port, "-tls1_2", "-no_ticket"))

    async def test_on_tls_1_0(self) -> None:
        needs("tls1")
        port = await self.listen(self.pair("acs.example"), profile="legacy")
        for options in ((), ("-no_ticket",)):
            self.assertEqual(1, await self.again(port, "-tls1", *ANY, *options), options)

    async def test_with_a_certificate_that_was_asked_for(self) -> None:
        port = await self.listen(self.pair("first.example"), self.pair("second.example"))
        for version in NEW:
            options = (f"-{version}", "-servername", "second.example")
            self.assertEqual(1, await self.again(port, *options), version)

    async def test_the_clients_certificate_is_known_still(self) -> None:
        ca = self.authorities(self.authority)
        certificate, key = self.pair("00D09E-S1")
        port = await self.listen(self.pair("acs.example"), client_ca=ca, client_required=True)
        for version in NEW:
            options = (f"-{version}", "-cert", str(certificate), "-key", str(key))
            self.assertEqual(1, await self.again(port, *options), version)
        self.assertEqual([("00D09E-S1",)] * 4, [each.certificate_names for each in self.app.connections])

    async def test_not_what_began_before_a_reload(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        kept = str(self.folder / "session")
        await s_client(port, "-tls1_2", "-sess_out", kept)
        self.securing.use(self.securing.load([self.files(self.pair("new.example"))]))
        said = await s_client(port, "-tls1_2", "-sess_in", kept)
        self.assertEqual((True, 0, "new.example"), (said.answered, said.resumed, said.server))


class ClientCertificateTests(TlsCase):
    skip = openssl.SKIP

    async def setUp(self) -> None:  # type: ignore[override]
        super().setUp()
        self.devices = Authority("Vendor CA")

    async def with_certificate(self, port: int, version: str, issued: Any = None, *chain: Any) -> str | None:
        """The names by which the client is known; None where it does not get in."""
        options: tuple[str, ...] = ()
        if issued is not None:
            certificate, key = issued.write(self.folder, "client", *chain)
            options = ("-cert", str(certificate), "-key", str(key))
            if chain:
                options += ("-cert_chain", str(certificate))
        said = await s_client(port, f"-{version}", *options)
        if not said.answered:
            self.assertEqual([], self.app.connections)
            return None
        return ",".join(self.app.connections.pop().certificate_names)

    async def test_a_listener_without_authorities_asks_for_none(self) -> None:
        port = await self.listen(self.pair("acs.example"))
        for version in NEW:
            self.assertEqual("", await self.with_certificate(port, version, self.devices.issue("00D09E-S1")))

    async def test_it_may_be_left_out_where_it_is_not_required(self) -> None:
        port = await self.listen(self.pair("acs.example"), client_ca=self.authorities(self.devices))
        for version in NEW:
            self.assertEqual("", await self.with_certificate(port, version))
            device = self.devices.issue("00D09E-S1", "s1.devices.example")
            names = await self.with_certificate(port, version, device)
            self.assertEqual("00D09E-S1,s1.devices.example", names)

    async def test_one_that_is_given_must_be_of_these_authorities(self) -> None:
        port = await self.listen(self.pair("acs.example"), client_ca=self.authorities(self.devices))
        expired = self.devices.issue("00D09E-S1", begins=-9, ends=-2)
        strangers = (Authority("Other CA").issue("00D09E-S1"), self_signed("00D09E-S1"), expired)
        for version in NEW:
            for issued in strangers:
                with capturedLogs() as logged:
                    self.assertIsNone(await self.with_certificate(port, version, issued))
                (line,) = [each for each in logged if "reason" in each]
                self.assertEqual(("127.0.0.1", "certificate verify failed"), (line["client"], line["reason"]))

    async def test_where_it_is_required_nobody_gets_in_without(self) -> None:
        ca = self.authorities(self.devices)
        port = await self.listen(self.pair("acs.example"), client_ca=ca, client_required=True)
        for version in NEW:
            self.assertIsNone(await self.with_certificate(port, version))
            self.assertEqual("S1", await self.with_certificate(port, version, self.devices.issue("S1")))

    async def test_an_authority_between_may_be_sent_along_or_be_the_one_that_is_trusted(self) -> None:
        between = Authority("Model CA", above=self.devices)
        device = between.issue("S1")
        port = await self.listen(self.pair("acs.example"), client_ca=self.authorities(self.devices))
        self.assertEqual("S1", await self.with_certificate(port, "tls1_2", device, between.own))
        self.assertIsNone(await self.with_certificate(port, "tls1_2", device))
        port = await self.listen(self.pair("acs.example"), client_ca=self.authorities(between))
        self.assertEqual("S1", await self.with_certificate(port, "tls1_2", device))

    async def test_it_counts_the_same_where_the_server_is_asked_for_by_name(self) -> None:
        pairs = self.pair("first.example"), self.pair("second.example")
        ca = self.authorities(self.devices)
        port = await self.listen(*pairs, client_ca=ca, client_required=True)
        for issued, answered in ((self.devices.issue("S1"), True), (self_signed("S1"), False)):
            certificate, key = issued.write(self.folder, "client")
            options = ("-servername", "second.example", "-cert", str(certificate), "-key", str(key))
            for version in NEW:
                self.assertEqual(answered, (await s_client(port, f"-{version}", *options)).answered, version)

    async def test_authorities_are_replaced_while_it_listens(self) -> None:
        pair, ca = self.pair("acs.example"), self.authorities(Authority("Former CA"))
        port = await self.listen(pair, client_ca=ca, client_required=True)
        device = self.devices.issue("S1")
        self.assertIsNone(await self.with_certificate(port, "tls1_2", device))
        self.authorities(self.devices)
        (change,) = self.securing.changes([self.files(pair, client_ca=ca)])
        change.apply()
        self.assertEqual("S1", await self.with_certificate(port, "tls1_2", device))
        self.assertIsNone(await self.with_certificate(port, "tls1_2"))  # it is required as before

    async def test_it_is_asked_for_by_the_authorities_names(self) -> None:
        port = await self.listen(self.pair("acs.example"), client_ca=self.authorities(self.devices))
        said = await s_client(port, "-tls1_2")
        self.assertRegex(said.text, r"Acceptable client certificate CA names\nCN ?= ?Vendor CA")


class GroupTests(SynchronousTestCase):
    def test_the_dh_group_is_ffdhe2048(self) -> None:
        """RFC 7919, appendix A.1: p = 2^2048 - 2^1984 + {[2^1918 * e] + 560316} * 2^64 - 1."""
        term, e, count = 1 << 2048, 0, 0
        while term:
            e, count = e + term, count + 1
            term //= count
        prime = (1 << 2048) - (1 << 1984) + (((e >> 130) + 560316) << 64) - 1
        integers = b"\x02\x82\x01\x01\x00" + prime.to_bytes(256, "big") + b"\x02\x01\x02"
        der = b64decode(b"".join(FFDHE2048.read_bytes().splitlines()[1:-1]))
        self.assertEqual(b"\x30\x82\x01\x08" + integers, der)


class GroupingTests(SynchronousTestCase):
    def groups(self, *given: tuple[str, str]) -> list[list[str]]:
        """Which credentials are offered together: given by names, with commas, and kind."""
        made: list[Any] = [
            Credential("", Path(), b"", None, tuple(names.split(",")), kind)  # type: ignore[arg-type]
            for names, kind in given
        ]
        return [[f"{','.join(each.names)} {each.kind}" for each in group] for group in grouped(made)]

    def test_of_the_same_names_and_different_kinds(self) -> None:
        self.assertEqual([["a,b RSA", "b,a ECDSA"]], self.groups(("a,b", "RSA"), ("b,a", "ECDSA")))
        self.assertEqual([["a RSA"], ["a RSA"]], self.groups(("a", "RSA"), ("a", "RSA")))
        self.assertEqual([["a RSA"], ["a,b ECDSA"]], self.groups(("a", "RSA"), ("a,b", "ECDSA")))
