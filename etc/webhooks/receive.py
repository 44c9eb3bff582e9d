"""Receives what the appliance tells a webhook: an example for your own systems, with nothing but Python.

It believes what is signed with the secret that the webhook was added with, is not old, and was not there
before.

    WEBHOOK_SECRET=whsec_... python3 receive.py 8080
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 300
"""Seconds by which its clock and yours may differ."""


class NotFromThere(Exception):
    """The message is somebody else's, or an old one."""


def verified(secret: str, headers: Mapping[str, str], body: bytes, now: float) -> Any:
    """What the message says; raises `NotFromThere`.  ``body`` is as it came, byte for byte."""
    headers = {name.lower(): value for name, value in headers.items()}
    number, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(now - int(moment)) > PATIENCE:
        raise NotFromThere("it is old")
    key = secret.encode()
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{number}.{moment}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(wanted, headers.get("webhook-signature", "")):
        raise NotFromThere("it is not signed with our secret")
    return json.loads(body)


class Receiving(BaseHTTPRequestHandler):
    """Answers 204 to what it takes, which is then not sent again."""

    secret = ""
    seen: set[str] = set()

    def do_POST(self) -> None:
        """Take one message."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 100_000))
        try:
            message = verified(self.secret, dict(self.headers), body, time.time())
        except NotFromThere as error:
            self.send_error(403, str(error))
            return
        # One may come twice: where the answer to it was lost, for instance.
        if message["id"] not in self.seen:
            self.seen.add(message["id"])
            self.take(message)
        self.send_response(204)
        self.end_headers()

    def take(self, message: Any) -> None:
        """Do with it what you have to; quickly, as it is sent again after ten seconds without an answer."""
        print(message["time"], message["event"], message["device"] or "-", flush=True)


if __name__ == "__main__":
    Receiving.secret = os.environ["WEBHOOK_SECRET"]
    ThreadingHTTPServer(("", int(sys.argv[1])), Receiving).serve_forever()
