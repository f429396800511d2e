"""
TLS without a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.ssl import PrivateCertificate
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.protocols.tls import TLSMemoryBIOFactory
from zope.interface import implementer


def write_certificate(path: Path) -> None:
    """
    Make a key, and a certificate that it signs itself; write both to *path*.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem + signed.public_bytes(serialization.Encoding.PEM))


@implementer(IOpenSSLClientConnectionCreator)
class Connections:
    """
    Makes OpenSSL's connections of a client, which trusts everybody.

    Args:
        speaks: What it says that it speaks, if anything.
    """

    def __init__(self, speaks: Sequence[bytes]) -> None:
        self._context = SSL.Context(SSL.TLS_METHOD)
        if speaks:
            self._context.set_alpn_protos(list(speaks))

    def clientConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:  # noqa: N802, N803
        """See `IOpenSSLClientConnectionCreator`."""
        return SSL.Connection(self._context, None)


class Wire(StringTransport):
    """TCP, of which TLS has all methods."""

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: FBT001, N802
        """Nothing is delayed here."""


class Listener(Protocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""

    def dataReceived(self, data: bytes) -> None:
        """Keep."""
        self.heard += data


class TLSConnection:
    """
    A client with a TLS server of *factory*, whose key and certificate stand in
    *pem*, and the wire between them. What the server does with both is Twisted's own.

    Args:
        speaks: What the client says that it speaks, before it does.
    """

    def __init__(
        self, factory: Factory, pem: Path, clock: Clock, speaks: Sequence[bytes] = ()
    ) -> None:
        self._clock = clock
        self.client = Listener()
        client = Factory.forProtocol(lambda: self.client)
        certificate = PrivateCertificate.loadPEM(pem.read_bytes())
        self._ends: list[tuple[Protocol, StringTransport]] = []
        for connections, is_client, inner in (
            (certificate.options(), False, factory),
            (Connections(speaks), True, client),
        ):
            tls = TLSMemoryBIOFactory(connections, is_client, inner, clock)
            end, wire = tls.buildProtocol(None), Wire()
            assert end is not None
            end.makeConnection(wire)
            self._ends.append((end, wire))
        self.flow()

    @property
    def wire(self) -> StringTransport:
        """The server's transport below TLS."""
        return self._ends[0][1]

    def say(self, data: bytes) -> None:
        """Let the client say *data*."""
        assert self.client.transport is not None
        self.client.transport.write(data)
        self.flow()

    def flow(self) -> None:
        """Carry what waits on the wire, until nothing does."""
        (server, to_client), (client, to_server) = self._ends
        self._clock.advance(0)
        while to_client.value() or to_server.value():
            for wire, end in ((to_client, client), (to_server, server)):
                data = wire.value()
                wire.clear()
                if data:
                    end.dataReceived(data)
            self._clock.advance(0)
