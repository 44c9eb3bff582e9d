"""The same customer database as a service for the appliance: [hooks] url = "http://127.0.0.1:8099/"."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Customer, address, network, passphrase and last change, by serial number.
CUSTOMERS = {}


def answer(question):
    """The answer to one question, by the name of its hook; None for one that is not answered here."""
    device, related = question["device"], question.get("related")
    customer = CUSTOMERS.get(device["serial_number"])
    if question["hook"] == "find_related":
        return {"related": customer}
    if question["hook"] == "verify":
        return {"verified": bool(related) and related["facts"]["address"] == device["client_ip"]}
    if question["hook"] == "get_configuration" and related:
        passphrase = {"value": related["facts"]["wifi_passphrase"], "secret": True}
        ssid = related["facts"]["wifi_ssid"]
        path = ".WiFi.AccessPoint.1.Security.KeyPassphrase"
        return {"parameters": {".WiFi.SSID.1.SSID": ssid, path: passphrase}}
    return None


class Talk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = answer(question)
        body = b"" if found is None else json.dumps(found).encode()
        self.send_response(204 if found is None else 200)
        if found is not None:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    CUSTOMERS.update(json.load(open(sys.argv[1], encoding="utf-8")))  # noqa: SIM115
    ThreadingHTTPServer(("127.0.0.1", 8099), Talk).serve_forever()
