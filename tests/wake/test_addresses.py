"""Tests of `acs.wake.urls`, `acs.wake.addresses` and `acs.wake.own`: where devices may be called."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, ip_address

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from acs.wake.addresses import Address, address_of
from acs.wake.own import is_own
from acs.wake.urls import LONGEST, BadUrl, Url, read_url
from tests.wake.network import policy

HOST = "http://198.18.0.2"


class UrlTests(SynchronousTestCase):
    def refused(self, *urls: str) -> None:
        for url in urls:
            with self.assertRaises(BadUrl, msg=url) as caught:
                read_url(url)
            self.assertNotIn("evil", str(caught.exception))

    def test_what_devices_tell_is_read(self) -> None:
        for text, url in (
            (f"{HOST}:7547/a", Url("http", "198.18.0.2", True, 7547, "198.18.0.2:7547", "/a")),
            (f"{HOST}", Url("http", "198.18.0.2", True, 80, "198.18.0.2", "/")),
            ("https://x.example/", Url("https", "x.example", False, 443, "x.example", "/")),
            ("HTTP://My_Box.local.:1?a", Url("http", "My_Box.local.", False, 1, "My_Box.local.:1", "/?a")),
            (
                "http://[2001:DB8::0:2]:65535//x",
                Url("http", "2001:db8::2", True, 65535, "[2001:DB8::0:2]:65535", "//x"),
            ),
            (
                f"{HOST}/a?b=%0d%0a&c=http://x:1@y/#z",
                Url("http", "198.18.0.2", True, 80, "198.18.0.2", "/a?b=%0d%0a&c=http://x:1@y/"),
            ),
        ):
            self.assertEqual(read_url(text), url)

    def test_other_schemes_are_refused(self) -> None:
        self.refused(
            "ftp://198.18.0.2/",
            "file:///etc/passwd",
            "gopher://198.18.0.2/",
            "//198.18.0.2/",
            "198.18.0.2:7547",
            "",
        )
        self.refused("javascript:alert(1)", "http:198.18.0.2", "http:/198.18.0.2", "http:///x", "http://")

    def test_user_names_are_refused(self) -> None:
        self.refused(
            "http://evil@198.18.0.2/",
            "http://a:evil@198.18.0.2/",
            "http://198.18.0.2@evil/",
            "http://@198.18.0.2/",
        )
        self.refused("http://198.18.0.2:80@evil:80/", "http://198.18.0.2\\@evil/", "http://a%40b/")

    def test_ports_that_there_are_not_are_refused(self) -> None:
        self.refused(
            *(
                f"{HOST}:{port}/"
                for port in ("0", "00080", "65536", "99999", "123456", "-1", "+1", "", "x", "1e3")
            )
        )

    def test_whatever_is_not_visible_ascii_is_refused_wherever_it_stands(self) -> None:
        for bad in (
            "\r\n",
            "\n",
            "\r",
            "\t",
            " ",
            "\x00",
            "\x7f",
            "\xa0",
            "\u2028",
            "é",
            "\uff0e",
            "\u3002",
            "\ud800",
        ):
            for text in (f"{HOST}/a", "http://x.example:80/a?b#c", "https://[2001:db8::2]/"):
                for at in range(len(text) + 1):
                    self.refused(text[:at] + bad + text[at:])

    def test_addresses_are_written_in_one_way(self) -> None:
        self.refused(
            *(
                f"http://{host}/"
                for host in (
                    "2130706433",
                    "0x7f000001",
                    "0x7f.1",
                    "127.1",
                    "127.0.1",
                    "0177.0.0.1",
                    "127.0.0.01",
                    "1.2.3.4.5",
                    "0x7F.0x0.0x0.0x1",
                    "127.0.0.0x1",
                    "017700000001",
                    "1.2.3.256",
                    "1.2.3.4.",
                    "1..2",
                    ".",
                    "0",
                    "x.1",
                    "x.0x1",
                )
            )
        )

    def test_so_are_those_of_ipv6(self) -> None:
        self.refused(
            "http://[::1%eth0]/",
            "http://[fe80::1%25lo]/",
            "http://[::g]/",
            "http://[1:2]/",
            "http://::1/",
            "http://[]/",
        )
        self.refused(
            "http://[::1", "http://[127.0.0.1]/", "http://[::1]x/", "http://[v1.x]/", "http://[:::]/"
        )

    def test_names_that_there_are_not_are_refused(self) -> None:
        self.refused(
            "http://-x/", "http://x-/", "http://a..b/", f"http://{'a' * 64}/", f"http://{'a.' * 130}/"
        )

    def test_too_long_ones_are_refused(self) -> None:
        self.assertEqual(read_url(f"{HOST}/" + "a" * (LONGEST - len(HOST) - 1)).port, 80)
        self.refused(f"{HOST}/" + "a" * (LONGEST - len(HOST)))

    @given(st.text(max_size=60) | st.from_regex(r"https?://[0-9a-z.:\[\]@%x/-]{1,30}"))
    @example("http://[::ffff:1.2.3.4]:1/")
    def test_any_text_is_a_url_or_refused(self, text: str) -> None:
        try:
            url = read_url(text)
        except BadUrl:
            return
        self.assertTrue(0 < url.port < 65536)
        self.assertRegex(url.authority + url.target, r"\A[!-~]+\Z")
        self.assertEqual(url.is_address, address_of(url.host) is not None)


class PolicyTests(SynchronousTestCase):
    def said(self, address: str, *networks: str, own: tuple[str, ...] = ()) -> str:
        return policy(*networks, own=own).why_not(ip_address(address))

    def allowed(self, *addresses: str, networks: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> None:
        for address in addresses:
            self.assertEqual(self.said(address, *networks, own=own), "", address)

    def refused(self, *addresses: str, networks: tuple[str, ...] = (), own: tuple[str, ...] = ()) -> None:
        for address in addresses:
            self.assertNotEqual(self.said(address, *networks, own=own), "", address)

    def test_any_unicast_address_is_allowed_where_nothing_is_listed(self) -> None:
        self.allowed(
            "10.1.2.3", "192.168.1.1", "172.16.0.1", "100.64.0.1", "198.18.0.2", "8.8.8.8", "223.255.255.254"
        )
        self.allowed("2001:db8::2", "fd00::2", "2a00::1")

    def test_but_those_that_are_special(self) -> None:
        self.refused(
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "169.254.1.1",
            "224.0.0.1",
            "239.1.1.1",
            "255.255.255.255",
        )
        self.refused(
            "240.0.0.1", "::", "::1", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "4000::1", "::2"
        )

    def test_where_clouds_keep_secrets_is_not_called(self) -> None:
        self.refused(
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd20:ce::254",
        )
        self.refused("169.254.169.254", networks=("169.254.0.0/16",))
        self.allowed("169.254.169.254", networks=("169.254.169.254/32",))

    def test_ipv4_in_the_clothes_of_ipv6_is_refused(self) -> None:
        self.refused(
            "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "::8.8.8.8", "::ffff:0:127.0.0.1", "fe80::1%1"
        )
        self.refused("::ffff:10.1.2.3", networks=("10.0.0.0/8", "::/0"))
        self.refused("fe80::1%eth0", networks=("fe80::/10",))

    def test_what_leads_on_to_ipv4_is_judged_by_where_it_leads(self) -> None:
        teredo = "2001:0:{server}:0:0:{client}"
        loopback = teredo.format(server="808:808", client=f"{0x7F00 ^ 0xFFFF:x}:{0x0001 ^ 0xFFFF:x}")
        self.refused(
            "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", loopback
        )
        self.refused(
            "2001:db8::5efe:127.0.0.1",
            "2001:db8::200:5efe:7f00:1",
            teredo.format(server="7f00:1", client="1:1"),
        )
        self.refused("64:ff9b:1::8.8.8.8")
        self.allowed("2002:808:808::", "64:ff9b::8.8.8.8", "2001:db8::5efe:8.8.8.8")
        self.refused("64:ff9b::10.1.2.3", own=("10.1.2.3",))

    def test_the_appliances_own_addresses_are_not_called(self) -> None:
        self.assertIn("the appliance's own", self.said("10.1.2.3", own=("10.1.2.3",)))
        self.refused("2001:db8::9", own=("2001:db8::9",))
        self.refused("10.1.2.3", networks=("10.0.0.0/8",), own=("10.1.2.3",))
        self.allowed("10.1.2.4", networks=("10.0.0.0/8",), own=("10.1.2.3",))

    def test_but_if_one_is_listed_by_itself(self) -> None:
        self.allowed("10.1.2.3", networks=("10.1.2.3/32",), own=("10.1.2.3",))
        self.allowed("127.0.0.1", networks=("127.0.0.0/8",), own=("127.0.0.1",))

    def test_with_networks_listed_these_alone_are_called(self) -> None:
        networks = "10.0.0.0/8", "2001:db8::/32"
        self.allowed("10.1.2.3", "2001:db8::1", networks=networks)
        self.refused("11.1.2.3", "192.168.1.1", "2001:db9::1", "127.0.0.1", networks=networks)
        self.assertIn("allow_networks", self.said("11.1.2.3", *networks))

    def test_loopback_is_called_where_it_is_listed(self) -> None:
        self.allowed("127.0.0.1", "127.1.2.3", networks=("127.0.0.0/8",))
        self.allowed("127.0.0.1", networks=("127.0.0.1/32", "10.0.0.0/8"))
        self.allowed("::1", networks=("::1/128",))
        self.refused("127.0.0.2", networks=("127.0.0.1/32",))

    def test_it_may_be_called_beside_whatever_else_is(self) -> None:
        for networks in ((), ("10.0.0.0/8",)):
            tried = policy(*networks, own=("127.0.0.1", "10.1.2.3"), and_loopback=True)
            for address, allowed in (
                ("127.0.0.1", True),
                ("::1", True),
                ("10.9.9.9", True),
                ("8.8.8.8", not networks),
                ("10.1.2.3", False),
                ("169.254.1.1", False),
                ("::ffff:127.0.0.1", False),
            ):
                self.assertEqual(not tried.why_not(ip_address(address)), allowed, (address, networks))

    def test_a_network_that_holds_more_than_what_is_special_does_not_mean_that(self) -> None:
        everything = "0.0.0.0/0", "::/0"
        self.allowed("8.8.8.8", "10.1.2.3", "2001:db8::1", networks=everything)
        self.refused("127.0.0.1", "::1", "169.254.1.1", "169.254.169.254", "fe80::1", networks=everything)
        self.refused("10.1.2.3", networks=everything, own=("10.1.2.3",))

    def test_what_nobody_can_have_is_never_called(self) -> None:
        self.refused(
            "0.0.0.0", "224.0.0.1", "255.255.255.255", networks=("0.0.0.0/0", "224.0.0.0/4", "0.0.0.0/8")
        )
        self.refused("::", "ff02::1", networks=("ff00::/8", "::/128"))

    @given(st.ip_addresses())
    def test_any_address_is_judged(self, address: Address) -> None:
        for networks in ((), ("10.0.0.0/8",), ("::/0", "0.0.0.0/0")):
            said = policy(*networks).why_not(address)
            if address.is_loopback or address.is_multicast or address.is_link_local or address.is_unspecified:
                self.assertTrue(said)


class OwnTests(SynchronousTestCase):
    def test_this_machines_addresses_are_known(self) -> None:
        self.assertTrue(is_own(IPv4Address("127.0.0.1")))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("198.51.100.1", 9))
            except OSError:
                return  # it has loopback alone
            self.assertTrue(is_own(IPv4Address(probe.getsockname()[0])))

    def test_others_are_not(self) -> None:
        for address in ("198.51.100.1", "2001:db8::1", "255.255.255.255", "0.0.0.0"):
            self.assertFalse(is_own(ip_address(address)), address)
