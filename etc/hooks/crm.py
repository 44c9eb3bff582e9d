"""A customer database as hooks of the appliance: [hooks] python = "crm:Crm".

The file has to be where Python looks for modules: `PYTHONPATH=/etc/acs/hooks` in the environment of the
service.
"""

import os
import sqlite3
from contextlib import closing

from zope.interface import implementer

from acs.hooks import IHooks, Related

DATABASE = os.environ.get("CRM_DATABASE", "/var/lib/crm/customers.sqlite")
COLUMNS = "customer, address, ssid, passphrase, changed"


@implementer(IHooks)
class Crm:
    """Customers with the serial numbers of their devices."""

    threaded = True  # sqlite3 blocks: each method is called in a thread

    def find_related(self, subject):
        with closing(sqlite3.connect(DATABASE)) as database:
            query = f"SELECT {COLUMNS} FROM customers WHERE serial = ?"
            found = database.execute(query, (subject.serial_number,)).fetchone()
        if found is None:
            return None
        customer, address, ssid, passphrase, changed = found
        facts = {"address": address, "wifi_ssid": ssid, "wifi_passphrase": passphrase}
        return Related(customer, facts, changed)

    def verify(self, subject, related):
        return related is not None and related.facts["address"] == subject.client_ip

    def get_configuration(self, subject, related):
        if related is None:
            return None
        passphrase = {"value": related.facts["wifi_passphrase"], "secret": True}
        return {
            ".WiFi.SSID.1.SSID": related.facts["wifi_ssid"],
            ".WiFi.AccessPoint.1.Security.KeyPassphrase": passphrase,
        }
