"""The endpoint that an administrator pasted, checked before a token is sent there (rule 12).

The endpoint is https and public. A development switch allows loopback, where plain http is allowed
too. The check of the network address is done again at every connection (connection.py), so a name
that later points inwards is refused.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from sonisbridge.core.errors import WrongSettingsError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
"""A host and port to its network addresses as text; raises OSError when there are none."""

MEND = 'Copy the URL from ActiveCampaign, Settings > Developer, for example "https://school.api-us1.com".'
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def system_addresses(host: str, port: int) -> list[str]:
    """The addresses that this machine's resolver gives, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def checked_endpoint(text: str, *, allow_loopback: bool, resolve: Resolve = system_addresses) -> str:
    """The endpoint as `https://host[:port]`, without a pasted `/api/3`.

    Raises WrongSettingsError with one plain sentence and the mend.
    """
    parts = _parts(text)
    host, port, secure = host_and_port(parts.geturl())
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise WrongSettingsError(f"The endpoint's host {host!r} was not found. {MEND}") from error
    for address in addresses:
        refused = why_refused(address, secure=secure, allow_loopback=allow_loopback)
        if refused:
            raise WrongSettingsError(f"The endpoint {refused}. {MEND}")
    shown = f"[{host}]" if ":" in host else host
    usual = port == (443 if secure else 80)
    return f"{parts.scheme}://{shown}" + ("" if usual else f":{port}")


def host_and_port(endpoint: str) -> tuple[str, int, bool]:
    """The host, the port and whether the connection is encrypted."""
    parts = urlsplit(endpoint)
    secure = parts.scheme == "https"
    return parts.hostname or "", parts.port or (443 if secure else 80), secure


def on_loopback(endpoint: str, resolve: Resolve = system_addresses) -> bool:
    """Whether the endpoint is on this machine, as the sandbox is."""
    host, port, _ = host_and_port(endpoint)
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        return False
    return bool(addresses) and all(_inner(address).is_loopback for address in addresses)


def why_refused(address: str, *, secure: bool, allow_loopback: bool) -> str:
    """Why nothing may connect to that network address, as a sentence's end; "" when it may."""
    ip = _inner(address)
    if ip.is_loopback:
        return "" if allow_loopback else "is on this machine, which only a test may use"
    if not ip.is_global or ip.is_multicast or ip.is_reserved:
        return "is a private or reserved network address"
    return "" if secure else "must start with https://"


def _inner(address: str) -> IpAddress:
    """The address that is really meant: an IPv4 address may hide in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _parts(text: str) -> SplitResult:
    """The pasted text cut into its parts, with nothing in it that an endpoint has no use for."""
    try:
        parts = urlsplit(text.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise WrongSettingsError(f"The endpoint is not a URL. {MEND}") from error
    if not good:
        raise WrongSettingsError(f"The endpoint must start with https:// and name a host. {MEND}")
    if parts.username is not None or parts.query or parts.fragment:
        raise WrongSettingsError(f"The endpoint must be only https:// and a host. {MEND}")
    if parts.path.rstrip("/") not in ("", "/api", "/api/3"):
        raise WrongSettingsError(f"The endpoint has a path that is not /api/3. {MEND}")
    return SplitResult(parts.scheme, parts.netloc.lower(), "", "", "")
