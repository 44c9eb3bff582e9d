"""What holds of TLS, over Twisted's transports: what our own are compared with."""

from __future__ import annotations

from tests.http import test_handshakes, test_tls
from tests.http.tls_case import TlsCase


class Twisted(TlsCase):
    twisted = True


class ProfileTests(Twisted, test_tls.ProfileTests):
    pass


class CipherTests(Twisted, test_tls.CipherTests):
    pass


class WeakCertificateTests(Twisted, test_tls.WeakCertificateTests):
    pass


class ChoiceTests(Twisted, test_tls.ChoiceTests):
    pass


class ResumptionTests(Twisted, test_tls.ResumptionTests):
    pass


class ClientCertificateTests(Twisted, test_tls.ClientCertificateTests):
    pass


class SocketTests(Twisted, test_handshakes.SocketTests):
    pass


class ReloadTests(Twisted, test_handshakes.ReloadTests):
    pass
