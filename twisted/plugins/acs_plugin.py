"""Tells twistd of its command ``acs``.

The service is named, not imported, so that ``twistd --help`` loads nothing of it.
"""

from twisted.application.service import ServiceMaker

acs = ServiceMaker("acs", "acs.service", "TR-069 auto-configuration server", "acs")
