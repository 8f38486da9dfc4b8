"""Connections that go only to network addresses that the endpoint check allows.

Whatever the name resolves to by then: it is resolved here, each address is checked, and the
connection is made to the checked address itself while the certificate is still held to the name. So
a name that passes the check once and points inwards later gains nothing.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import httpx2

from sonisbridge import __version__
from sonisbridge.core.errors import StopRunError, WrongSettingsError

from . import limits
from .endpoint import Resolve, system_addresses, why_refused

QUIET_LOGGERS = ("httpx2", "httpcore2", "stamina")
"""The first would write whole URLs, and so e-mail addresses, into the log; we say all that
matters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportOptions:
    """What may be set about the transport; the defaults are for the real service."""

    allow_loopback: bool = False
    time_scale: float = 1.0
    """Our waits are so many times shorter; only for a server here that is scaled alike."""
    attempts: int = limits.ATTEMPTS
    connect_seconds: float = limits.CONNECT_SECONDS
    read_seconds: float = limits.READ_SECONDS
    throttle_patience: float = limits.THROTTLE_PATIENCE_SECONDS
    resolve: Resolve = system_addresses


class _TokenHeader(httpx2.Auth):
    """Puts the token into the request's header as it leaves, and shows it nowhere else."""

    def __init__(self, token: str) -> None:
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise WrongSettingsError(
                "The access token is blank or has characters that no token has. "
                "Copy the Key from ActiveCampaign, Settings > Developer."
            )
        self.__token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """The request with the token in its header."""
        request.headers["Api-Token"] = self.__token
        yield request


class CheckedConnection(httpx2.BaseTransport):
    """Sends each request to a network address that was checked at most a minute ago."""

    def __init__(
        self,
        inner: httpx2.BaseTransport,
        *,
        allow_loopback: bool,
        resolve: Resolve = system_addresses,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._allow_loopback = allow_loopback
        self._resolve = resolve
        self._clock = clock
        self._known: tuple[list[str], float] | None = None

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer from the first address that takes the connection."""
        failure: httpx2.TransportError | None = None
        for address in self._addresses(request.url):
            try:
                return self._inner.handle_request(_pinned(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        self._known = None
        raise failure or httpx2.ConnectError("The endpoint's host has no address.")

    def close(self) -> None:
        """Close every connection."""
        self._inner.close()

    def _addresses(self, url: httpx2.URL) -> list[str]:
        now = self._clock()
        if self._known is not None and now < self._known[1]:
            return self._known[0]
        secure = url.scheme == "https"
        try:
            addresses = self._resolve(url.host, url.port or (443 if secure else 80))
        except (OSError, UnicodeError) as error:
            raise httpx2.ConnectError("The endpoint's host was not found.") from error
        for address in addresses:
            refused = why_refused(address, secure=secure, allow_loopback=self._allow_loopback)
            if refused:
                raise StopRunError(f"Nothing was sent: the endpoint {refused}. Check the Access Token Endpoint.")
        self._known = (addresses, now + limits.ADDRESS_SECONDS)
        return addresses


def _pinned(request: httpx2.Request, address: str) -> httpx2.Request:
    """The same request to that address; Host header and certificate stay the name's."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )


def http_client(endpoint: str, token: str, options: TransportOptions) -> httpx2.Client:
    """A client that follows no redirect, takes no proxy from the environment, goes where it may."""
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    network = httpx2.HTTPTransport(limits=httpx2.Limits(keepalive_expiry=limits.IDLE_CONNECTION_SECONDS))
    return httpx2.Client(
        base_url=endpoint,
        auth=_TokenHeader(token),
        headers={
            "Accept": "application/json",
            "Content-Type": "application/json",
            "User-Agent": f"sonisbridge/{__version__}",
        },
        timeout=httpx2.Timeout(options.read_seconds, connect=options.connect_seconds),
        follow_redirects=False,
        trust_env=False,
        transport=CheckedConnection(network, allow_loopback=options.allow_loopback, resolve=options.resolve),
    )


def bad_certificate(error: BaseException | None) -> bool:
    """Whether the connection failed because the certificate does not hold."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def how_lost(error: httpx2.RequestError) -> str:
    """How a request was lost on its way, in a few words."""
    if isinstance(error, httpx2.TimeoutException):
        return "it took too long"
    return "an answer cut short" if isinstance(error, httpx2.DecodingError) else "the connection broke"
