"""nginx as somebody to compare with: it serves files, or constants as answers to a periodic session."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.bare_site import ANSWER
from benchmarks.processes import Server
from tests.support.ports import free_port

PROGRAM = shutil.which("nginx", path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
_PATIENCE = 10.0
_CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
events {{}}
http {{
    access_log off; sendfile on; tcp_nopush on;
    client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
    uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{port} backlog=1000; {site} }}
}}
"""
_CONSTANTS = """
location / {{
    default_type 'text/xml; charset="utf-8"';
    if ($http_content_length = 0) {{ return 204; }}
    add_header Set-Cookie "acs_session_id=0123456789abcdef0123456789abcdef; Path=/";
    return 200 '{answer}';
}}
"""


@contextmanager
def _nginx(folder: Path, site: str) -> Iterator[Server]:
    if PROGRAM is None:
        raise SystemExit("nginx is not installed")
    folder.mkdir()
    port = free_port()
    (folder / "nginx.conf").write_text(_CONFIGURATION.format(folder=folder, port=port, site=site))
    process = subprocess.Popen([PROGRAM, "-c", str(folder / "nginx.conf"), "-p", str(folder)], text=True)
    server = Server(process, port)
    try:
        _wait_for(port)
        yield server
    finally:
        server.stop()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit("nginx did not start")


@contextmanager
def file_nginx(folder: Path, files: Path) -> Iterator[int]:
    """The port of one that serves the files of a folder."""
    with _nginx(folder, f"root {files};") as server:
        yield server.port


@contextmanager
def constant_nginx(folder: Path) -> Iterator[Server]:
    """One that answers a body with an InformResponse, an empty one with 204, and reads neither."""
    with _nginx(folder, _CONSTANTS.format(answer=ANSWER.decode().replace("'", "\\'"))) as server:
        yield server
