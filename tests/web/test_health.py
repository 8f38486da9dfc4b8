"""What machines ask of the bridge."""

from __future__ import annotations

import time

import httpx2
import pytest
from django.test import Client

from tests.web.site import Site


@pytest.mark.django_db
def test_the_process_says_that_it_is_up():
    assert Client().get("/healthz").json() == {"process": "ok"}


@pytest.mark.django_db
def test_without_a_worker_the_bridge_is_not_ready_and_says_what_to_do():
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert "sonisbridge worker" in answer.json()["worker"]


@pytest.mark.django_db
def test_figures_are_given_to_this_machine_and_to_who_knows_the_token(settings):
    text = Client().get("/metrics").content.decode()
    assert "sonisbridge_" in text
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert elsewhere.get("/metrics").status_code == 403
    assert Client(headers={"X-Forwarded-For": "127.0.0.1"}).get("/metrics").status_code == 403
    settings.METRICS_TOKEN = "a token of its own"
    assert elsewhere.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403
    assert elsewhere.get("/metrics", headers={"Authorization": "Bearer a token of its own"}).status_code == 200


def test_a_site_with_its_worker_is_ready(site: Site):
    for _ in range(50):
        answer = httpx2.get(f"{site.url}/readyz")
        if answer.status_code == 200:
            break
        time.sleep(0.1)
    assert answer.json() == {"database": "ok", "migrations": "ok", "worker": "ok"}
