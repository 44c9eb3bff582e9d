"""The files in the state folder by which `acsctl` on the same machine finds its way into the appliance."""

from __future__ import annotations

TOKEN_FILE = "acsctl.token"
"""Its token, made anew at each start."""

CERTIFICATE_FILE = "acsctl.pem"
"""Where the console is on TLS: its certificates as they are shown now, when those in the configuration's
files may be newer."""
