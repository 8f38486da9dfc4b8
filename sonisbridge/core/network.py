"""Network addresses that nothing may connect to (rule 12)."""

from __future__ import annotations

import ipaddress

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def real_address(address: str) -> IpAddress:
    """The address that is really meant: an IPv4 address may hide in an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def why_refused_inside(address: str, *, secure: bool, allow_loopback: bool) -> str:
    """Why nothing may connect to that address of an institution's own network, as a sentence's end; "" when it may.

    Private addresses are allowed: SONIS may stand in the next room.
    """
    ip = real_address(address)
    if ip.is_loopback:
        return "" if allow_loopback else "is on this machine, which only a test may use"
    if ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified:
        return "is a reserved network address"
    return "" if secure else "must start with soap+https://"
