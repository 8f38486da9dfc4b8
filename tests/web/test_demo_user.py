"""The demo signs everybody on this machine in; nothing else ever does (rule 12)."""

from __future__ import annotations

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.test import Client, override_settings

from sonisbridge.web.demo_user import DemoUser, make_demo_user


@pytest.fixture
def demo(institution):
    make_demo_user()
    make_demo_user()
    with override_settings(DEMO=True):
        yield institution


def test_who_asks_from_this_machine_is_the_demo_administrator(demo):
    page = Client(REMOTE_ADDR="127.0.0.1").get(f"/{demo.pk}/").content.decode()
    assert "This is a demo" in page
    assert "API Configuration" in page


@pytest.mark.parametrize("address", ["10.0.0.7", "192.168.1.9", "", "strange"])
def test_who_asks_from_elsewhere_has_to_sign_in(demo, address):
    assert Client(REMOTE_ADDR=address).get(f"/{demo.pk}/").status_code == 302


def test_outside_the_demo_nobody_is_signed_in_though_the_user_is_there(institution):
    make_demo_user()
    assert Client(REMOTE_ADDR="127.0.0.1").get(f"/{institution.pk}/").status_code == 302
    with pytest.raises(MiddlewareNotUsed):
        DemoUser(lambda _request: None)  # type: ignore[arg-type, return-value]


def test_nobody_can_sign_in_as_the_demo_user_with_a_password(demo):
    assert not Client().login(username="demo", password="")
