"""The logical names that every device of a data model has, until the operator's maps say otherwise.

Instance numbers are those that most devices have: the data models leave them to the vendor.  TR-181 devices
have their 2.4 GHz radio first; TR-098 devices have up to four SSIDs to a radio, so that 5 GHz begins with the
fifth.  Voice is TR-104's of 2005, which is what devices of either data model have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

__all__ = ["SHIPPED"]

_LINES = (1, 2)
_PROFILE = ".Services.VoiceService.1.VoiceProfile.1."

_COMMON = {
    "management.inform_enable": ".ManagementServer.PeriodicInformEnable",
    "management.inform_interval": ".ManagementServer.PeriodicInformInterval",
    "management.inform_time": ".ManagementServer.PeriodicInformTime",
    "management.url": ".ManagementServer.URL",
    "management.provisioning_code": ".DeviceInfo.ProvisioningCode",
    "ntp.enable": ".Time.Enable",
    "ntp.server1": ".Time.NTPServer1",
    "ntp.server2": ".Time.NTPServer2",
    "voip.proxy": f"{_PROFILE}SIP.ProxyServer",
    "voip.outbound_proxy": f"{_PROFILE}SIP.OutboundProxy",
    "voip.registrar": f"{_PROFILE}SIP.RegistrarServer",
    "voip.domain": f"{_PROFILE}SIP.UserAgentDomain",
}
_OF_LINE = {
    "enable": "Enable",
    "number": "DirectoryNumber",
    "uri": "SIP.URI",
    "username": "SIP.AuthUserName",
    "password": "SIP.AuthPassword",
}
_GATEWAY = {
    "time.zone": ".Time.LocalTimeZoneName",
    "pppoe.enable": ".WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Enable",
    "pppoe.username": ".WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Username",
    "pppoe.password": ".WANDevice.1.WANConnectionDevice.1.WANPPPConnection.1.Password",
    "lan.dhcp.enable": ".LANDevice.1.LANHostConfigManagement.DHCPServerEnable",
    "lan.dhcp.first": ".LANDevice.1.LANHostConfigManagement.MinAddress",
    "lan.dhcp.last": ".LANDevice.1.LANHostConfigManagement.MaxAddress",
}
_DEVICE = {
    "time.zone": ".Time.LocalTimeZone",
    "pppoe.enable": ".PPP.Interface.1.Enable",
    "pppoe.username": ".PPP.Interface.1.Username",
    "pppoe.password": ".PPP.Interface.1.Password",
    "lan.dhcp.enable": ".DHCPv4.Server.Pool.1.Enable",
    "lan.dhcp.first": ".DHCPv4.Server.Pool.1.MinAddress",
    "lan.dhcp.last": ".DHCPv4.Server.Pool.1.MaxAddress",
}


def _voice() -> Iterator[tuple[str, str]]:
    for line in _LINES:
        for name, path in _OF_LINE.items():
            yield f"voip.{line}.{name}", f"{_PROFILE}Line.{line}.{path}"


def _gateway_wifi(band: str, number: int) -> dict[str, str]:
    wlan = f".LANDevice.1.WLANConfiguration.{number}."
    return {
        f"wifi.{band}.enable": f"{wlan}Enable",
        f"wifi.{band}.radio": f"{wlan}RadioEnabled",
        f"wifi.{band}.ssid": f"{wlan}SSID",
        f"wifi.{band}.visible": f"{wlan}SSIDAdvertisementEnabled",
        f"wifi.{band}.passphrase": f"{wlan}KeyPassphrase",
        f"wifi.{band}.channel": f"{wlan}Channel",
        f"wifi.{band}.auto_channel": f"{wlan}AutoChannelEnable",
        f"wifi.{band}.power": f"{wlan}TransmitPower",
    }


def _device_wifi(band: str, number: int) -> dict[str, str]:
    radio, point = f".WiFi.Radio.{number}.", f".WiFi.AccessPoint.{number}."
    return {
        f"wifi.{band}.enable": f".WiFi.SSID.{number}.Enable",
        f"wifi.{band}.radio": f"{radio}Enable",
        f"wifi.{band}.ssid": f".WiFi.SSID.{number}.SSID",
        f"wifi.{band}.visible": f"{point}SSIDAdvertisementEnabled",
        f"wifi.{band}.passphrase": f"{point}Security.KeyPassphrase",
        f"wifi.{band}.channel": f"{radio}Channel",
        f"wifi.{band}.auto_channel": f"{radio}AutoChannelEnable",
        f"wifi.{band}.bandwidth": f"{radio}OperatingChannelBandwidth",
        f"wifi.{band}.power": f"{radio}TransmitPower",
    }


SHIPPED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Device.": MappingProxyType(
            _COMMON | dict(_voice()) | _DEVICE | _device_wifi("2g", 1) | _device_wifi("5g", 2)
        ),
        "InternetGatewayDevice.": MappingProxyType(
            _COMMON | dict(_voice()) | _GATEWAY | _gateway_wifi("2g", 1) | _gateway_wifi("5g", 5)
        ),
    }
)
"""Paths by logical name, by root object; all relative to it."""
