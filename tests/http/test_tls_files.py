"""Files of certificates and keys: what is wrong with them is told by place, file and reason, all at once."""

from __future__ import annotations

import time
from pathlib import Path

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from acs.http.securing import Securing
from acs.http.tls_files import BadTls, Loaded, TlsFiles, load, load_all
from acs.reloading import ReloadRefused
from tests.support.certificates import Authority, pem_file

PLACE = "cwmp[0].tls"
DAY = 86_400.0


class FilesCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp()).absolute()
        self.folder.mkdir()
        self.authority = Authority()
        self.certificate, self.key = self.authority.issue("acs.example").write(self.folder, "acs")

    def files(self, *pairs: tuple[Path, Path], client_ca: Path | None = None) -> TlsFiles:
        """What a configuration names."""
        return TlsFiles(PLACE, "main", "modern", pairs, client_ca)

    def refused(self, files: TlsFiles) -> dict[str, str]:
        """Why they are: reasons by key in the table."""
        error = self.assertRaises(BadTls, load, files, time.time())
        return {each.place.removeprefix(f"{PLACE}."): each.reason for each in error.problems}


class LoadingTests(FilesCase):
    def test_one_file_may_hold_both(self) -> None:
        both = pem_file(self.folder / "both.pem", self.authority.issue("acs.example"), self.authority.own)
        self.assertEqual((), load(self.files((both, both)), time.time()).warnings)

    def test_the_certificates_that_are_shown_are_told_without_chain_and_key(self) -> None:
        issued = self.authority.issue("acs.example")
        both = pem_file(self.folder / "both.pem", issued, self.authority.own)
        other = self.authority.issue("other.example")
        loaded = load(self.files((both, both), other.write(self.folder, "other")), time.time())
        self.assertEqual(issued.pem + other.pem, loaded.certificates)

    def test_what_has_expired_is_used_with_a_warning(self) -> None:
        files = self.files(
            (self.certificate, self.key), client_ca=pem_file(self.folder / "ca", self.authority.own)
        )
        warnings = {each.place: each.reason for each in load(files, time.time() + 400 * DAY).warnings}
        self.assertEqual([f"{PLACE}.certificate", f"{PLACE}.client_ca"], sorted(warnings))
        self.assertRegex(warnings[f"{PLACE}.certificate"], rf"^{self.certificate} expired on 20")
        self.assertRegex(warnings[f"{PLACE}.client_ca"], r"has CN=Test CA in it, which expired on 20")

    def test_what_cannot_be_read_is_told_with_the_systems_reason(self) -> None:
        absent = self.folder / "absent"
        reason = f"{absent} cannot be read: No such file or directory"
        self.assertEqual({"certificate": reason, "key": reason}, self.refused(self.files((absent, absent))))
        reason = f"{self.folder} cannot be read: Is a directory"
        self.assertEqual({"key": reason}, self.refused(self.files((self.certificate, self.folder))))

    def test_what_is_something_else_is_told(self) -> None:
        garbage = pem_file(self.folder / "garbage", b"\x00\xff")
        problems = self.refused(self.files((garbage, garbage), client_ca=garbage))
        self.assertIn("has no certificate in it", problems["certificate"])
        self.assertIn("has no private key in it", problems["key"])
        self.assertIn("has no certificate in it", problems["client_ca"])

    def test_an_encrypted_key_is_refused(self) -> None:
        locked = pem_file(self.folder / "locked", self.authority.issue("acs.example").locked(b"geheim"))
        problems = self.refused(self.files((self.certificate, locked)))
        self.assertEqual({"key": f"{locked} is encrypted: there is nobody to ask for its password"}, problems)

    def test_the_key_of_another_certificate_is_refused(self) -> None:
        _, key = self.authority.issue("other", kind="rsa").write(self.folder, "other")
        reason = f"{key} is not the key of the first certificate in {self.certificate}"
        self.assertEqual({"key": reason}, self.refused(self.files((self.certificate, key))))

    def test_further_certificates_are_told_by_their_number(self) -> None:
        good, absent = (self.certificate, self.key), self.folder / "absent"
        problems = self.refused(self.files(good, good, (absent, self.key)))
        self.assertEqual(["more[1].certificate"], list(problems))

    def test_everything_wrong_with_any_listener_is_told_at_once(self) -> None:
        absent = self.folder / "absent"
        listeners = [
            TlsFiles(place, "x", "modern", ((self.certificate, absent),))
            for place in ("cwmp[0].tls", "console.tls")
        ]
        error = self.assertRaises(BadTls, load_all, listeners, time.time())
        self.assertEqual(["cwmp[0].tls.key", "console.tls.key"], [each.place for each in error.problems])
        self.assertIn("; console.tls.key: ", str(error))


class SecuringTests(FilesCase):
    def setUp(self) -> None:
        super().setUp()
        self.clock = Clock()
        self.clock.advance(time.time())
        self.used: list[Loaded] = []
        self.securing = Securing(self.clock, self.used.append)

    def test_a_listener_without_tls_stays_as_it_is(self) -> None:
        factory = object()
        self.assertIs(factory, self.securing.behind(PLACE, factory))
        self.assertEqual("http", self.securing.scheme(PLACE))

    def test_warnings_are_in_the_log_when_it_is_used(self) -> None:
        self.clock.advance(400 * DAY)
        loaded = self.securing.load([self.files((self.certificate, self.key))])
        with capturedLogs() as logged:
            self.securing.use(loaded)
        self.assertEqual([PLACE + ".certificate"], [each["place"] for each in logged])
        self.assertEqual(("https", loaded), (self.securing.scheme(PLACE), self.used))

    def test_only_what_listens_on_tls_is_loaded_again(self) -> None:
        self.securing.use(self.securing.load([self.files((self.certificate, self.key))]))
        other = TlsFiles("console.tls", "console", "modern", ((self.certificate, self.certificate),))
        renamed = TlsFiles(PLACE, "another", "modern", ((self.certificate, self.key),))
        changes = self.securing.changes([self.files((self.certificate, self.key)), other])
        self.assertEqual([PLACE], [change.key for change in changes])
        self.assertEqual([], self.securing.changes([other, renamed]))

    def test_nothing_changes_before_it_is_said(self) -> None:
        files = self.files((self.certificate, self.key))
        self.securing.use(self.securing.load([files]))
        (change,) = self.securing.changes([files])
        self.assertEqual(1, len(self.used))
        change.apply()
        self.assertEqual(2, len(self.used))

    def test_what_is_wrong_is_a_refusal(self) -> None:
        files = self.files((self.certificate, self.key))
        self.securing.use(self.securing.load([files]))
        self.key.unlink()
        refused = self.assertRaises(ReloadRefused, self.securing.changes, [files])
        self.assertEqual([f"{PLACE}.key"], [each.key for each in refused.reasons])
