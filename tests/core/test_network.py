"""Network addresses that nothing may connect to (rule 12)."""

from __future__ import annotations

import pytest

from sonisbridge.core.network import real_address, why_refused_inside


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("64:ff9b::7f00:1", "127.0.0.1"),
        ("2002:7f00:1::", "127.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_that_hides_in_another_is_found(written, meant):
    assert str(real_address(written)) == meant


@pytest.mark.parametrize(
    ("address", "secure", "loopback", "allowed"),
    [
        ("10.1.2.3", True, False, True),
        ("10.1.2.3", False, False, False),
        ("127.0.0.1", True, False, False),
        ("::ffff:127.0.0.1", True, False, False),
        ("127.0.0.1", False, True, True),
        ("169.254.169.254", True, True, False),
        ("224.0.0.1", True, True, False),
        ("0.0.0.0", True, True, False),
    ],
)
def test_the_next_room_is_allowed_and_what_is_reserved_is_not(address, secure, loopback, allowed):
    assert (why_refused_inside(address, secure=secure, allow_loopback=loopback) == "") == allowed
