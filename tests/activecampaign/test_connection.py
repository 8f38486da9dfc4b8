"""The address check holds at the moment of connecting, and the certificate is held to the name."""

from __future__ import annotations

import datetime
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sonisbridge.activecampaign.connection import CheckedConnection, TransportOptions
from sonisbridge.activecampaign.transport import Transport
from sonisbridge.core.errors import RetryLaterError, StopRunError

from .conftest import TOKEN, OpenPace

PUBLIC = "93.184.216.34"


def certificate_for(host: str, folder: Path) -> Path:
    """A file with a key and a certificate for that host, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = folder / f"{host}.pem"
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path


class TlsServer:
    """An https server on this machine that keeps the Host and the token it was sent."""

    def __init__(self, pem: Path) -> None:
        self.seen: list[tuple[str | None, str | None]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.headers["Host"], self.headers["Api-Token"]))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    """A server with a certificate for school.test that this process trusts."""
    pem = certificate_for("school.test", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    server = TlsServer(pem)
    yield server
    server.close()


def get(host: str, port: int) -> dict[str, object]:
    """Send one request to that name, which resolves to this machine."""
    options = TransportOptions(allow_loopback=True, attempts=1, resolve=lambda host, port: ["127.0.0.1"])
    transport = Transport(f"https://{host}:{port}", TOKEN, pace=OpenPace(), options=options)
    try:
        return transport.send("GET", "/users/me", repeatable=True)
    finally:
        transport.close()


def test_the_certificate_and_the_host_header_are_the_names_not_the_addresss(tls):
    assert get("school.test", tls.port) == {}
    assert tls.seen == [(f"school.test:{tls.port}", TOKEN)]


def test_a_certificate_for_another_name_stops_the_run_before_the_token_leaves(tls):
    with pytest.raises(StopRunError, match="certificate"):
        get("other.test", tls.port)
    assert tls.seen == []


class Recording(httpx2.BaseTransport):
    """Stands at the network's edge and keeps the addresses that would be connected to."""

    def __init__(self, dead: tuple[str, ...] = ()) -> None:
        self.hosts: list[str] = []
        self.dead = dead

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.hosts.append(request.url.host)
        if request.url.host in self.dead:
            raise httpx2.ConnectError("nobody there")
        return httpx2.Response(200)


REQUEST = httpx2.Request("GET", "https://school.api-us1.com/api/3/users/me")


def test_a_name_that_turns_inwards_after_the_check_is_refused():
    answers = [[PUBLIC], ["10.0.0.7"]]
    now = [0.0]
    edge = Recording()
    connection = CheckedConnection(
        edge, allow_loopback=False, resolve=lambda h, p: answers.pop(0), clock=lambda: now[0]
    )
    connection.handle_request(REQUEST)
    connection.handle_request(REQUEST)
    now[0] = 61.0
    with pytest.raises(StopRunError, match="private"):
        connection.handle_request(REQUEST)
    assert edge.hosts == [PUBLIC, PUBLIC]


def test_the_next_address_is_tried_when_one_takes_no_connection():
    edge = Recording(dead=("2606:2800:220::1",))
    connection = CheckedConnection(edge, allow_loopback=False, resolve=lambda h, p: ["2606:2800:220::1", PUBLIC])
    assert connection.handle_request(REQUEST).status_code == 200
    assert edge.hosts == ["2606:2800:220::1", PUBLIC]


def test_a_name_that_does_not_resolve_for_now_is_worth_another_try(tmp_path):
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    options = TransportOptions(attempts=1, resolve=nobody)
    transport = Transport("https://school.test", TOKEN, pace=OpenPace(), options=options)
    with pytest.raises(RetryLaterError) as caught:
        transport.send("POST", "/contacts", body={}, repeatable=False)
    assert not caught.value.sent
    transport.close()
