"""Where a token may be sent (rule 12)."""

from __future__ import annotations

import pytest

from sonisbridge.activecampaign.endpoint import checked_endpoint, on_loopback, why_refused
from sonisbridge.core.errors import WrongSettingsError

PUBLIC = "93.184.216.34"


def check(text: str, *addresses: str, allow_loopback: bool = False) -> str:
    """Check with a resolver that gives those addresses for every name."""
    found = list(addresses) or [PUBLIC]
    return checked_endpoint(text, allow_loopback=allow_loopback, resolve=lambda host, port: found)


@pytest.mark.parametrize(
    "text",
    [
        "https://school.api-us1.com",
        "https://school.api-us1.com/",
        "https://school.api-us1.com/api/3",
        " https://School.API-us1.com/api/3/ \n",
        "https://school.api-us1.com:443/api/3",
    ],
)
def test_every_way_of_pasting_it_gives_the_same_endpoint(text):
    assert check(text) == "https://school.api-us1.com"


def test_a_checked_endpoint_stays_as_it_is():
    once = check("https://school.api-us1.com:8443/api/3/")
    assert check(once) == once == "https://school.api-us1.com:8443"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "school.api-us1.com",
        "http://school.api-us1.com",
        "ftp://school.api-us1.com",
        "https://",
        "https:///api/3",
        "https://user:secret@school.api-us1.com",
        "https://school.api-us1.com/?x=1",
        "https://school.api-us1.com/#x",
        "https://school.api-us1.com/admin",
        "https://school.api-us1.com:0",
        "https://school.api-us1.com:99999",
        "https://[::1",
    ],
)
def test_anything_else_is_refused_in_one_sentence_with_the_mend(text):
    with pytest.raises(WrongSettingsError, match=r"Settings > Developer") as caught:
        check(text)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "::1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2002:a00:1::",
    ],
)
def test_an_inward_address_is_refused_however_it_is_written(address):
    assert why_refused(address, secure=True, allow_loopback=False)
    with pytest.raises(WrongSettingsError):
        check("https://school.api-us1.com", PUBLIC, address)


def test_an_address_literal_is_checked_like_a_name():
    with pytest.raises(WrongSettingsError, match="private"):
        checked_endpoint("https://10.0.0.1", allow_loopback=False)


def test_the_switch_allows_loopback_and_nothing_more():
    url = "http://127.0.0.1:8300/api/3"
    assert check(url, "127.0.0.1", allow_loopback=True) == "http://127.0.0.1:8300"
    assert check("http://[::1]:8300", "::1", allow_loopback=True) == "http://[::1]:8300"
    for address in ("10.0.0.1", PUBLIC):
        with pytest.raises(WrongSettingsError):
            check("http://sandbox.test", address, allow_loopback=True)


def test_a_name_that_nobody_knows_is_wrong_settings():
    def nobody(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(WrongSettingsError, match="not found"):
        checked_endpoint("https://nowhere.test", allow_loopback=False, resolve=nobody)


def test_on_loopback_tells_the_sandbox_from_the_service():
    assert on_loopback("http://127.0.0.1:8300")
    assert not on_loopback("https://school.api-us1.com", lambda host, port: [PUBLIC])
    assert not on_loopback("https://school.api-us1.com", lambda host, port: [PUBLIC, "127.0.0.1"])
