-- Prosody for an appliance that wakes its devices by XMPP (TR-069 Annex K), as /etc/prosody/prosody.cfg.lua.
--
-- devices.isp.example is where the devices have their accounts: [wake.xmpp] domain.  acs.isp.example is the appliance:
-- [wake.xmpp] component.  `prosodyctl check config` says what is wrong with a change.

admins = { "acs@acs.isp.example" }          -- the appliance makes the devices' accounts (accounts = "xep-0133")

modules_enabled = {
    "disco"; "roster"; "saslauth"; "tls"; "presence"; "message"; "iq"; "ping"; "limits"; "posix";
    "adhoc"; "admin_adhoc";                 -- XEP-0133
}
modules_disabled = { "s2s" }                -- nobody on other servers has business with devices

authentication = "internal_hashed"
allow_registration = false

c2s_ports = { 5222 }                        -- devices
c2s_require_encryption = true               -- ConnectionRequest passwords go through here
c2s_tcp_keepalives = true                   -- a device whose NAT has forgotten it is found out
limits = { c2s = { rate = "10kb/s" } }      -- of one device

component_ports = { 5347 }                  -- the appliance, on this machine: this port has no TLS
component_interfaces = { "127.0.0.1" }

pidfile = "/run/prosody/prosody.pid"
log = { info = "*syslog" }

VirtualHost "devices.isp.example"
    ssl = {
        certificate = "/etc/prosody/certs/devices.isp.example.crt";
        key = "/etc/prosody/certs/devices.isp.example.key";
    }

Component "acs.isp.example"
    component_secret = "change this"        -- [wake.xmpp] secret, or what stands in its secret_file
