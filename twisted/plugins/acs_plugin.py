"""Tells twistd of its `acs` command; the service is named, not imported: `twistd --help` loads nothing."""

from twisted.application.service import ServiceMaker

acs = ServiceMaker("acs", "acs.service", "TR-069 auto-configuration server", "acs")
