"""Which values are secrets, and how jobs and heads lose them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from acs.configuration.secrecy import is_secret
from acs.web.hiding.redaction import masked_head, masked_json
from acs.web.hiding.secrets import masked


class NameTests(SynchronousTestCase):
    def test_these_are_secrets(self) -> None:
        for name in (
            "Password",
            "Device.ManagementServer.ConnectionRequestPassword",
            "Device.ManagementServer.STUNPassword",
            "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
            "Device.WiFi.AccessPoint.1.Security.PreSharedKey",
            "Device.WiFi.AccessPoint.1.Security.SAEPassphrase",
            "Device.WiFi.AccessPoint.1.Security.RadiusSecret",
            "Device.WiFi.AccessPoint.1.Security.WEPKey",
            "Device.WiFi.AccessPoint.1.WPS.PIN",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.PreSharedKey.1.PreSharedKey",
            "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.WEPKey.4.WEPKey",
            "InternetGatewayDevice.Services.VoiceService.1.VoiceProfile.1.Line.1.SIP.AuthPassword",
            "InternetGatewayDevice.X_HW_WebUserInfo.2.UserPassword",
            "InternetGatewayDevice.X_TP_WEPKey1",
            "InternetGatewayDevice.x_acme_wpa_psk",
            "Device.Cellular.Interface.1.USIM.PIN",
            "Device.X_ACME_PIN",
            "Device.SharedSecret",
            "PRIVATEKEY",
            "Device.X_ACME_Passwd",
            "Device.Bridge.EncryptionKey",
            "Device.Routing.RIP.AuthenticationKey1",
            "Device.X_ACME_CloudCredential",
            "Device.X_ACME_AccessToken",
            "Device.WiFi.AccessPoint.1.WPS.DevicePIN",
            "Device.X_ACME_WpsPin",
            "Device.X_ACME.Pass",
            "Device.X_ACME.Pwd",
            "Device.Cellular.Interface.1.USIM.PUK",
            "Device.X_ACME.PIN_Code",
            "Device.X_ACME.PinCode",
        ):
            self.assertTrue(is_secret(name), name)

    def test_these_are_not(self) -> None:
        for name in (
            "",
            ".",
            "Device.DeviceInfo.SerialNumber",
            "Device.ManagementServer.Username",
            "Device.ManagementServer.ParameterKey",
            "Device.Users.User.1.PasswordRequired",
            "Device.PreSharedKey.1.Status",
            "Device.Hosts.Mapping",
            "Device.X.Spin",
            "Device.Bypass",
            "CommandKey",
            "Password.",
        ):
            self.assertFalse(is_secret(name), name)

    def test_a_name_of_megabytes_is_judged_by_its_end(self) -> None:
        self.assertTrue(is_secret("x" * 5_000_000 + "Password"))
        self.assertFalse(is_secret("Password" * 600_000 + "x"))

    def test_a_parameters_value_is_hidden_where_there_is_one(self) -> None:
        self.assertEqual("********", masked("a.Password", "hush"))
        self.assertEqual(
            ["", None, "x"], [masked("a.Password", ""), masked("a.Password", None), masked("a.B", "x")]
        )


class JsonTests(SynchronousTestCase):
    def test_arguments_of_every_kind_are_hidden(self) -> None:
        for before, after in (
            (
                {"URL": "u", "Username": "n", "Password": "hush"},
                {"URL": "u", "Username": "n", "Password": "********"},
            ),
            (
                {"Operations": [{"Operation": "Install", "Password": "hush"}]},
                {"Operations": [{"Operation": "Install", "Password": "********"}]},
            ),
            (
                {"ParameterList": ({"Name": "a.PIN", "Value": "1"},)},
                {"ParameterList": [{"Name": "a.PIN", "Value": "********"}]},
            ),
            ({"ParameterList": [{"Name": "a.Enable", "Value": "1"}]},) * 2,
            ({"ParameterNames": ["a.Password"]},) * 2,
            ({"XML": "<Password>hush</Password>"}, {"XML": "<Password>********</Password>"}),
            ({"Password": ""},) * 2,
            ({"Status": 0, "Password": None},) * 2,
            (None, None),
        ):
            self.assertEqual(after, masked_json(before))


class HeadTests(SynchronousTestCase):
    def test_credentials_lose_all_but_their_scheme(self) -> None:
        for before, after in (
            (b"Authorization: Basic YTpi", b"Authorization: Basic ********"),
            (b'authorization:Digest username="a", response="b"', b"authorization:Digest ********"),
            (b'Authorization: Digest username="a",\r\n response="b"', b"Authorization: Digest ********"),
            (b"Proxy-Authorization : hush", b"Proxy-Authorization : ********"),
            (b"Authorization: Basic  a b ", b"Authorization: Basic  ********"),
        ):
            head = b"GET / HTTP/1.1\r\nHost: \xe9\r\n%s\r\nX-Authorization: x\r\n\r\n"
            self.assertEqual(head % after, masked_head(head % before))
            bare = head.replace(b"\r\n", b"\n")
            self.assertEqual(bare % after, masked_head(bare % before.replace(b"\r\n", b"\n")))

    def test_a_head_without_credentials_is_the_same(self) -> None:
        head = bytes(range(256)) + b'\r\nWWW-Authenticate: Basic realm="authorization: x"\r\n\r\n'
        self.assertEqual(head, masked_head(head))
