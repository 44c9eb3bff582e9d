"""Tests of `acs.wake.encrypting`: devices that are asked over TLS, over loopback."""

from __future__ import annotations

import os
from ipaddress import ip_network
from typing import Any, cast

from OpenSSL import SSL
from twisted.internet import reactor as real_reactor
from twisted.internet import tcp
from twisted.internet.defer import ensureDeferred, inlineCallbacks
from twisted.internet.ssl import ContextFactory
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from acs.store.records.wakes import WakeOutcome
from acs.wake.addresses import AddressPolicy
from acs.wake.http import HttpWay, Times
from acs.wake.own import is_own
from acs.wake.way import Attempt, Target
from tests.support.certificates import self_signed
from tests.wake.network import OWN, Names, Scripted, answer, challenge

reactor: Any = real_reactor


class Given(ContextFactory):
    """Gives a context."""

    def __init__(self, context: SSL.Context) -> None:
        self.context = context

    def getContext(self) -> SSL.Context:  # noqa: N802
        return self.context


class EncryptingTests(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.named: list[bytes | None] = []
        self.device = Scripted(challenge(), answer(200))

    def listen(self, kind: str = "ecdsa", newest: int = SSL.TLS1_3_VERSION) -> int:
        """A device with a certificate that nobody vouches for; its port."""
        issued = self_signed("cpe", kind)
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_cipher_list(b"ALL:@SECLEVEL=0")
        context.use_certificate(issued.openssl)
        context.use_privatekey(issued.openssl_key)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_max_proto_version(newest)
        context.set_tlsext_servername_callback(self.name)
        return self.opened(reactor.listenSSL(0, self.device, Given(context), interface="127.0.0.1"))

    def opened(self, port: Any) -> int:
        self.addCleanup(port.stopListening)
        return cast(int, port.getHost().port)

    def name(self, connection: SSL.Connection) -> None:
        self.named.append(connection.get_servername())

    @inlineCallbacks
    def wake(self, port: int, host: str = "127.0.0.1") -> Any:
        names = Names(cpe_example=[["127.0.0.1"]])
        way = HttpWay(
            reactor,
            AddressPolicy([ip_network("127.0.0.0/8")], is_own),
            random=os.urandom,
            resolver=names,
            times=Times(whole=5.0),
        )
        asked = way.request(Target("device", (OWN,), f"https://{host}:{port}/bell"))
        attempt: Attempt = yield ensureDeferred(cast(Any, asked))
        while any(isinstance(each, (tcp.Client, tcp.Server)) for each in reactor.getReaders()):
            yield deferLater(reactor, 0.01)
        return attempt

    @inlineCallbacks
    def test_a_certificate_of_its_own_is_good_enough(self) -> Any:
        attempt = yield self.wake(self.listen())
        self.assertEqual(attempt, Attempt("http", WakeOutcome.ACCEPTED, pair=OWN))
        self.assertIn("Authorization: Digest", self.device.said)

    @inlineCallbacks
    def test_so_is_a_small_one(self) -> Any:
        attempt = yield self.wake(self.listen("rsa-1024"))
        self.assertEqual(attempt.outcome, WakeOutcome.ACCEPTED)

    @inlineCallbacks
    def test_it_is_told_a_name_but_no_address(self) -> Any:
        port = self.listen()
        yield self.wake(port)
        yield self.wake(port, "cpe.example")
        self.assertEqual([name for name in self.named if name], [b"cpe.example"])

    @inlineCallbacks
    def test_tls_of_long_ago_is_not_spoken(self) -> Any:
        attempt = yield self.wake(self.listen(newest=SSL.TLS1_1_VERSION))
        self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
        self.assertIn("TLS", attempt.detail)
        self.assertEqual(self.device.requests, [])

    @inlineCallbacks
    def test_what_does_not_speak_tls_is_no_device(self) -> Any:
        self.device = Scripted(answer(200))
        attempt = yield self.wake(self.opened(reactor.listenTCP(0, self.device, interface="127.0.0.1")))
        self.assertEqual(attempt.outcome, WakeOutcome.UNREACHABLE)
        self.assertIn("TLS", attempt.detail)
