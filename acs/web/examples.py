"""Bodies of requests, as the API's description shows them: by the name of the operation."""

from __future__ import annotations

from collections.abc import Mapping

from acs.web.serving.schema import JSON

_SSID = "Device.WiFi.SSID.1.SSID"

EXAMPLES: Mapping[str, JSON] = {
    "log_in": {"name": "anna", "password": "correct horse battery"},
    "change_device": {"tags": ["vip"], "category": "gold", "notes": "moved on Monday"},
    "register_device": {
        "manufacturer": "Halden",
        "oui": "02A181",
        "product_class": "HX-60",
        "serial_number": "HX253600000001",
        "tags": ["berlin"],
    },
    "add_job": {
        "rpc": "SetParameterValues",
        "arguments": {"ParameterList": [{"Name": _SSID, "Value": "Café", "Type": "xsd:string"}]},
        "reason": "the subscriber asked for it",
        "urgent": True,
    },
    "wake_device": {"method": "auto"},
    "begin_bulk": {
        "action": "job",
        "filter": {"tag": "vip"},
        "job": {"rpc": "Reboot", "urgent": True},
        "dry_run": True,
    },
    "write_configuration": {
        "parameters": {
            ".ManagementServer.PeriodicInformInterval": 3600,
            "wifi.2g.ssid": "{{ related.wifi_ssid }}",
            "wifi.2g.passphrase": {"value": "{{ related.wifi_passphrase }}", "secret": True},
        }
    },
    "preview": {"scope": "tag", "name": "vip", "parameters": {_SSID: "Café"}},
    "learn_parameters": {"names": [_SSID]},
    "swap_device": {"replacement": "02A181-HX%2D60-HX253600000002", "delete": True},
    "upgrade_device": {"version": "2.4.2"},
    "change_alarm": {"acknowledged": True},
    "add_webhook": {
        "url": "https://crm.isp.example/acs",
        "events": ["device_seen", "session_failed"],
        "tags": ["vip"],
    },
    "add_token": {
        "name": "billing",
        "role": "viewer",
        "expires": "2027-11-25T00:00:00Z",
        "scopes": ["devices:read", "sessions:read"],
    },
    "put_user": {"role": "support", "password": "correct horse battery", "only": {"tags": ["berlin"]}},
    "keep_view": {"query": "tag=vip&sort=-last_inform"},
}
"""One each, of those that people write most."""
