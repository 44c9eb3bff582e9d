"""The baseline of TLS: an epoll loop over sockets of the ``ssl`` module, which answers with constants.

It is what is left when all that can be is: no framework, no HTTP but the end of a head and a length, the
socket's own TLS, session by session as cheap as Python has it.  TLS is 1.3 alone, with the library's own
defaults otherwise.

``python -m benchmarks.tls_site CERTIFICATE KEY`` tells its port; without them it does the same without TLS.
"""

from __future__ import annotations

import select
import socket
import ssl
import sys

from benchmarks.bare_site import ANSWER

_TAIL = b"\r\n\r\n"
_FULL = (
    b'HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset="utf-8"\r\n'
    b"Set-Cookie: acs_session_id=0123456789abcdef0123456789abcdef; Path=/\r\n"
    b"Content-Length: %d\r\n\r\n" % len(ANSWER)
) + ANSWER
_EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"
_PIECE = 65536


class Site:
    """Its sockets, each with what has come in."""

    def __init__(self, context: ssl.SSLContext | None) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1000)
        self._listener.setblocking(False)
        self._epoll = select.epoll()
        self._epoll.register(self._listener, select.EPOLLIN)
        self._open: dict[int, tuple[socket.socket, bytearray]] = {}
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """For ever."""
        while True:
            for number, _ in self._epoll.poll():
                if number == self._listener.fileno():
                    self._accept()
                else:
                    self._read(number)

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except BlockingIOError:
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is not None:
            connection = self._context.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        self._open[connection.fileno()] = connection, bytearray()
        self._epoll.register(connection, select.EPOLLIN)

    def _read(self, number: int) -> None:
        connection, incoming = self._open[number]
        try:
            received = connection.recv(_PIECE)  # of TLS: shakes hands before
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError:
            received = b""
        if not received:
            self._epoll.unregister(number)
            del self._open[number]
            connection.close()
            return
        incoming += received
        end = incoming.find(_TAIL)
        if end < 0:
            return
        at = incoming.find(b"Content-Length:")
        length = int(incoming[at + 15 : incoming.find(b"\r\n", at)])
        if len(incoming) >= end + len(_TAIL) + length:
            incoming.clear()
            connection.send(_FULL if length else _EMPTY)


def main(certificate: str = "", key: str = "") -> None:
    """Run until SIGTERM."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
    site = Site(context)
    print(site.port, flush=True)
    site.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
