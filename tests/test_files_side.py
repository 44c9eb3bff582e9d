"""Files for devices and from them, in whole processes: copied, fetched, uploaded, attacked, cut off."""

from __future__ import annotations

import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from msgspec.structs import replace

from acs.cwmp import messages as m
from acs.cwmp.values import ParameterValueStruct
from tests import needs_program
from tests.support.appliance import DEADLINE
from tests.support.certificates import self_signed
from tests.support.ports import free_port
from tests.support.router import DEVICE, VALUES, inform
from tests.test_appliance import ApplianceCase

FIRMWARE = Random(1).randbytes(3_000_001)
IMAGE = "Acme/Router/2.0/fw.bin"
ATTACKS = (
    "/../../etc/passwd", "/%2e%2e/state/secret.key", "/..%2f..%2fetc%2fpasswd", "/%252e%252e/secret.key",
    "//etc/passwd", "/Acme/../../secret.key", "/Acme%00", "/%c0%ae%c0%ae/secret.key", "/link",
    "/..\\secret.key", "/\uff0e\uff0e/secret.key", "/uploads/1/1",
)  # fmt: skip


class FilesCase(ApplianceCase):
    """An appliance that serves files, and a device that has called."""

    skip = needs_program("curl")

    def more(self) -> str:
        self.http, self.tftp = free_port(), free_port()
        return (
            f'[files]\nhttp = "tcp:{self.http}:interface=127.0.0.1"\n'
            f'tftp = "udp:{self.tftp}:interface=127.0.0.1"\n'
        )

    def setUp(self) -> None:
        super().setUp()
        self.folder = self.appliance.folder / "state" / "firmware"
        self.out = self.appliance.folder / "out"
        self.call_in("1 BOOT")

    def copy(self, path: str, content: bytes) -> None:
        """What an operator does, until the appliance offers it."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        wanted = sha256(content).hexdigest()
        self.wait_for(lambda: wanted in [each["sha256"] for each in self.appliance.asked("firmware", "list")])

    def wait_for(self, holds: Callable[[], object]) -> None:
        """Until it does."""
        until = time.monotonic() + DEADLINE
        while not holds():
            self.assertLess(time.monotonic(), until, self.appliance.log())
            time.sleep(0.05)

    def told(self, rpc: str) -> Any:
        """The RPC of this name that is asked in a session."""
        (asked,) = [each for each in self.call_in("2 PERIODIC") if m.name_of(each) == rpc]
        return asked

    def done(self, key: str, version: str = "1.0", *events: str) -> None:
        """The device tells that its transfer is complete, and what it runs."""
        cpe = self.cpe()
        told = [ParameterValueStruct(VALUES[0].Name, version, "xsd:string"), *VALUES[1:]]
        cpe.say(replace(inform("7 TRANSFER COMPLETE", *events), ParameterList=tuple(told)))
        self.assertEqual(m.TransferCompleteResponse(), cpe.say(m.TransferComplete(key)))
        self.serve(cpe, cpe.say(None))

    def curl(self, *words: str) -> tuple[int, str]:
        """Its status, and the status of HTTP."""
        command = ["curl", "-s", "-o", str(self.out), "-w", "%{http_code}", "--max-time", "20", *words]
        done = subprocess.run(command, capture_output=True, check=False)
        return done.returncode, done.stdout.decode()

    def last_job(self, rpc: str) -> dict[str, Any]:
        found: dict[str, Any] = self.appliance.asked("job", "list", "--rpc", rpc)[0]
        return found


class UpgradeTests(FilesCase):
    """An image is copied into the folder; the rest follows."""

    def upgraded(self, fetch: Callable[[m.Download], None]) -> None:
        """The device is told, fetches, and runs it."""
        self.copy(IMAGE, FIRMWARE)
        self.appliance.acsctl("device", "upgrade", DEVICE, "2.0")
        download = self.told("Download")
        self.assertEqual(("1 Firmware Upgrade Image", len(FIRMWARE)), (download.FileType, download.FileSize))
        fetch(download)
        self.assertEqual(FIRMWARE, self.out.read_bytes())
        self.assertEqual("sent", self.last_job("Download")["state"])
        self.done(download.CommandKey, "2.0", "1 BOOT")
        self.assertEqual("done", self.last_job("Download")["state"])
        self.assertEqual("2.0", self.appliance.asked("device", "show", DEVICE)["software_version"])

    def test_a_device_fetches_it_over_http_and_runs_it(self) -> None:
        def fetch(download: m.Download) -> None:
            self.assertTrue(download.URL.startswith(f"http://127.0.0.1:{self.http}/get/"), download.URL)
            self.assertEqual((0, "200"), self.curl(download.URL))

        self.upgraded(fetch)
        job = self.last_job("Download")["id"]
        wanted = f"127.0.0.1 has had {len(FIRMWARE)} of {len(FIRMWARE)} bytes of '{IMAGE}' in "
        self.assertRegex(self.appliance.log(), rf"{re.escape(wanted)}[0-9.]+ s, job {job}\n")

    def test_one_that_knows_tftp_alone_does_so_too(self) -> None:
        def fetch(download: m.Download) -> None:
            self.assertEqual(f"tftp://127.0.0.1:{self.tftp}/{IMAGE}", download.URL)
            self.assertEqual(0, self.curl("--tftp-blksize", "1428", download.URL)[0])

        self.appliance.acsctl("quirk", "add", "files-by-tftp", "--manufacturer", "Acme")
        self.upgraded(fetch)
        self.assertIn(f"TFTP: {IMAGE} to 127.0.0.1 has arrived, {len(FIRMWARE)} bytes", self.appliance.log())


class JobTests(FilesCase):
    def test_a_vendor_configuration_file_is_fetched(self) -> None:
        self.copy("config/box.cfg", b"setting=1\n")
        job = self.job("Download", FileType="3 Vendor Configuration File", URL="acs:config/box.cfg")
        download = self.told("Download")
        self.assertEqual((0, "200"), self.curl(download.URL))
        self.assertEqual(b"setting=1\n", self.out.read_bytes())
        self.done(download.CommandKey)
        self.assertEqual("done", self.now(job)["state"])

    def test_what_a_device_uploads_is_kept_and_can_be_had_and_only_while_it_is_wanted(self) -> None:
        job = self.job("Upload", FileType="1 Vendor Configuration File", URL="acs:")
        upload = self.told("Upload")
        theirs = self.appliance.folder / "theirs.xml"
        theirs.write_bytes(b"<a>\n" * 100_000)
        self.assertEqual((0, "201"), self.curl("-T", str(theirs), upload.URL + "/theirs.xml"))
        self.assertEqual((0, "409"), self.curl("-T", str(theirs), upload.URL))
        self.done(upload.CommandKey)
        self.assertEqual("done", self.now(job)["state"])
        self.assertEqual((0, "404"), self.curl("-T", str(theirs), upload.URL))
        (kept,) = self.appliance.asked("device", "uploads", DEVICE)
        what = (kept["job"], kept["name"], kept["file_type"], kept["size"])
        self.assertEqual((job["id"], "theirs.xml", "1 Vendor Configuration File", 400_000), what)
        self.appliance.acsctl("device", "upload", DEVICE, job["id"], "-o", str(self.out))
        self.assertEqual(theirs.read_bytes(), self.out.read_bytes())
        self.appliance.acsctl("device", "delete", DEVICE, "--yes")
        self.assertEqual([], [path for path in (self.folder / "uploads").rglob("*") if path.is_file()])


class AttackTests(FilesCase):
    def setUp(self) -> None:
        super().setUp()
        (self.folder / "link").symlink_to(self.appliance.folder / "state" / "secret.key")

    def said_by_http(self, target: str) -> bytes:
        """What is answered to a target that goes over the wire as it is."""
        with socket.create_connection(("127.0.0.1", self.http), timeout=DEADLINE) as client:
            client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            data = b""
            while piece := client.recv(65536):
                data += piece
        return data

    def said_by_tftp(self, name: str) -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(DEADLINE)
            client.sendto(b"\0\x01" + name.encode() + b"\0octet\0", ("127.0.0.1", self.tftp))
            return client.recv(65536)

    def test_none_is_answered_and_each_is_a_line_in_the_log(self) -> None:
        asked = "127.0.0.1 asks for "
        for target in ATTACKS:
            self.assertRegex(self.said_by_http(f"/get/x{target}"), rb"\AHTTP/1.1 (400|404) ", target)
        self.assertEqual(len(ATTACKS), self.appliance.log().count(asked), self.appliance.log())
        for target in ATTACKS:  # as anybody is who shows no ticket: some are asked to show something
            self.assertRegex(self.said_by_http(target), rb"\AHTTP/1.1 (400|401|404) ", target)
        attacks = [target[1:].replace("%00", "\0") for target in ATTACKS][:4]  # five lines a minute of one
        for name in attacks:
            self.assertRegex(self.said_by_tftp(name), rb"(?s)\A\0\x05\0[\x01\x02\x04]", name)
        # Vendors' configuration files may have passwords in them.
        self.copy("config/box.cfg", b"password")
        attacks.append("config/box.cfg")
        self.assertRegex(self.said_by_tftp(attacks[-1]), rb"(?s)\A\0\x05\0[\x01\x02]")
        refused = self.appliance.log().count("was refused for 127.0.0.1")
        self.assertEqual(len(attacks), refused, self.appliance.log())
        self.assertNotIn("Traceback", self.appliance.log())


class StopTests(FilesCase):
    """SIGTERM while a device is in the middle of a download, and one of an upload."""

    def download(self) -> socket.socket:
        """A device that has begun to take an image, and takes no more of it."""
        self.copy(IMAGE, FIRMWARE * 4)
        self.job("Download", FileType="1 Firmware Upgrade Image", URL=f"acs:{IMAGE}")
        target = self.told("Download").URL.partition(f":{self.http}")[2]
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", self.http))
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200 "))
        return client

    def test_who_is_served_is_shown_and_cut_off_when_it_stops(self) -> None:
        client = self.download()
        (shown,) = self.appliance.asked("transfer", "list")
        self.assertEqual(
            ("http", "download", DEVICE, IMAGE, len(FIRMWARE) * 4, self.last_job("Download")["id"]),
            tuple(shown[name] for name in ("way", "direction", "device", "path", "size", "job")),
        )
        self.assertEqual(-signal.SIGTERM, self.appliance.stop())
        log = self.appliance.log()
        self.assertRegex(
            log, rf"127.0.0.1 has had \d+ of {len(FIRMWARE) * 4} bytes .*: the appliance stopped"
        )
        for word in ("Traceback", "Unhandled", "CRITICAL"):
            self.assertNotIn(word, log)
        self.assertLess(len(b"".join(iter(lambda: _received(client), b""))), len(FIRMWARE) * 4)

    def test_an_upload_that_was_cut_off_is_not_there_and_comes_anew(self) -> None:
        job = self.job("Upload", FileType="1 Vendor Configuration File", URL="acs:")
        url = self.told("Upload").URL
        with socket.create_connection(("127.0.0.1", self.http), timeout=DEADLINE) as client:
            target = url.partition(f":{self.http}")[2]
            client.sendall(
                f"PUT {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n".encode() + b"x" * 500
            )
            self.wait_for(lambda: self.appliance.asked("transfer", "list"))
            self.assertEqual(-signal.SIGTERM, self.appliance.stop())
        self.assertNotIn("Traceback", self.appliance.log())
        self.appliance.start()
        self.assertEqual([], self.appliance.asked("device", "uploads", DEVICE))
        theirs = self.appliance.folder / "theirs"
        theirs.write_bytes(b"whole")
        self.assertEqual((0, "201"), self.curl("-T", str(theirs), url))
        self.assertEqual("5", str(self.appliance.asked("device", "uploads", DEVICE)[0]["size"]))
        self.assertEqual("sent", self.now(job)["state"])


class SecureTests(FilesCase):
    """``[files.tls]``: by https alone, with certificates that are read anew."""

    def more(self) -> str:
        self.secrets = Path(self.mktemp()).absolute()
        self.secrets.mkdir()
        certificate, key = self_signed("files.example").write(self.secrets, "files")
        return f'{super().more()}[files.tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'

    def certificate(self) -> str:
        """That which devices are shown."""
        return ssl.get_server_certificate(("127.0.0.1", self.http))

    def test_devices_fetch_and_upload_by_https_and_certificates_are_read_anew(self) -> None:
        self.copy(IMAGE, FIRMWARE)
        self.job("Download", FileType="1 Firmware Upgrade Image", URL=f"acs:{IMAGE}")
        url = self.told("Download").URL
        self.assertTrue(url.startswith(f"https://127.0.0.1:{self.http}/get/"), url)
        self.assertEqual((0, "200"), self.curl("-k", url))
        self.assertEqual(FIRMWARE, self.out.read_bytes())
        self.assertNotEqual(0, self.curl(url.replace("https:", "http:"))[0])
        self.job("Upload", FileType="1 Vendor Configuration File", URL="acs:")
        self.assertEqual((0, "201"), self.curl("-k", "-T", str(self.out), self.told("Upload").URL))
        self.assertEqual(len(FIRMWARE), self.appliance.asked("device", "uploads", DEVICE)[0]["size"])
        before = self.certificate()
        self_signed("other.example").write(self.secrets, "files")
        self.assertEqual("reloaded: files.tls\n", self.appliance.acsctl("reload"))
        self.assertNotEqual(before, self.certificate())


def _received(client: socket.socket) -> bytes:
    """What has come; b"" at the end, however that comes."""
    try:
        return client.recv(1 << 20)
    except ConnectionResetError:
        return b""
