"""Admiss: Active Campaign. Both buttons, and the filters of the export (rules 11, 16)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.http import QueryDict
from django.utils import timezone

from sonisbridge.core.roles import Role
from sonisbridge.store.models import Institution, Run
from sonisbridge.sync import filtering
from sonisbridge.web.admiss.forms import ExportForm, as_query
from tests.flows.pair import Pair

from .records import a_run, map_fields


@pytest.fixture
def joined(pair: Pair) -> Pair:
    """Three people: two prospects of two agencies, one student."""
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Ben", "Oslo", "ben@example.edu", agency="Lee, Jo")
    pair.school.add("AB3", "Eva", "Kim", "eva@example.edu", status="ST")
    return pair


def page_of_admiss(client, institution, query: str = "") -> str:
    answer = client.get(f"/{institution.pk}/admiss/{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def named(client, institution, query: str = "") -> str:
    return str(client.get(f"/{institution.pk}/admiss/people/{query}").content.decode())


@pytest.mark.parametrize(
    ("lacking", "says"),
    [
        ({"sonis_url": ""}, "SONIS is not connected"),
        ({"endpoint": ""}, "ActiveCampaign is not connected"),
        ({}, "No field mapping"),
    ],
)
def test_what_is_missing_is_named_and_led_to(client_of, institution, lacking, says):
    Institution.objects.filter(pk=institution.pk).update(**lacking)
    shown = page_of_admiss(client_of(Role.ADMINISTRATOR), institution)
    assert says in shown
    assert f'class="button primary" href="/{institution.pk}/set-up/' in shown
    assert "An administrator does that." in page_of_admiss(client_of(Role.OPERATOR), institution)


def test_a_viewer_sees_when_and_is_offered_no_button(client_of, joined: Pair):
    shown = page_of_admiss(client_of(Role.VIEWER), joined.institution)
    assert "none yet" in shown
    assert '<form method="post"' not in shown
    for path in ("import", "export"):
        assert client_of(Role.VIEWER).post(f"/{joined.institution.pk}/admiss/{path}/").status_code == 403


def test_filters_of_codes_are_chosen_by_their_texts(client_of, joined: Pair):
    shown = page_of_admiss(client_of(Role.OPERATOR), joined.institution)
    assert "Prospect (PS)" in shown
    assert "Web form (WEB)" in shown


def test_codes_are_asked_of_sonis_once_for_some_minutes(client_of, joined: Pair):
    client = client_of(Role.OPERATOR)
    page_of_admiss(client, joined.institution)
    joined.school.alter("INSERT INTO program VALUES ('NEW', 'New program', 0)")
    assert "New program" not in page_of_admiss(client, joined.institution)
    Institution.objects.update(choices_read_at=timezone.now() - filtering.KEPT_FOR - timedelta(seconds=1))
    assert "New program" in page_of_admiss(client, joined.institution)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", r"<strong class=\"figure\">3</strong>\s+people in SONIS"),
        ("?status=ST", r"<strong class=\"figure\">1</strong>\s+person in SONIS"),
        ("?status=PS&agency=Lee%2C+Jo", r"figure\">1</strong>.*Status Prospect; Agency Lee, Jo"),
        ("?sonis_id=AB1,AB2%0AAB9", r"figure\">2</strong>"),
        ("?status=AL", r"figure\">0</strong> people: nobody"),
        ("?agency=Nobody", r"SONIS knows no agency &#x27;Nobody&#x27;: there are Kim Roe, Lee, Jo\."),
        ("?received_from=2026-09-02&received_to=2026-09-01", r"the last day is before the first"),
        ("?received_from=soon", r"Enter a valid date"),
        ("?status=XX", r"SONIS offers no XX any more"),
    ],
)
def test_people_are_counted_as_filters_are_chosen(client_of, joined: Pair, query, says):
    shown = named(client_of(Role.OPERATOR), joined.institution, query)
    assert re.search(says, shown, re.DOTALL), shown


def test_a_sonis_that_does_not_answer_is_said_and_import_can_start_all_the_same(client_of, institution):
    map_fields(institution)
    shown = page_of_admiss(client_of(Role.OPERATOR), institution)
    assert "Try again" in shown
    assert "Import Active Campaign Contacts</button>" in shown


def test_preview_orders_a_preview_with_the_filters(client_of, joined: Pair):
    answer = client_of(Role.OPERATOR).post(
        f"/{joined.institution.pk}/admiss/export/", {"status": ["PS", "AP"], "sonis_id": "AB1", "preview": "yes"}
    )
    run = Run.objects.get()
    assert (answer.status_code, answer.url) == (303, f"/{joined.institution.pk}/runs/{run.pk}/")
    assert (run.kind, run.preview, run.approved, run.status) == ("outbound", True, False, "queued")
    assert run.filters == {"status": ["PS", "AP"], "sonis_id": ["AB1"]}
    assert run.started_by == "operator"


def test_without_a_preview_a_plan_can_still_be_held(client_of, joined: Pair):
    client_of(Role.OPERATOR).post(f"/{joined.institution.pk}/admiss/export/", {"send": "yes"})
    run = Run.objects.get()
    assert (run.preview, run.approved, run.filters) == (False, False, {})


def test_a_form_with_an_unknown_value_comes_back_as_it_was_typed(client_of, joined: Pair):
    typed = {"status": ["PS"], "agency": "Nobody", "preview": "yes"}
    shown = client_of(Role.OPERATOR).post(f"/{joined.institution.pk}/admiss/export/", typed).content.decode()
    assert 'href="#filter_agency"' in shown
    assert shown.count("SONIS knows no agency") >= 2
    assert re.search(r'value="PS"[^>]*checked', shown)
    assert ">\nNobody</textarea>" in shown
    assert not Run.objects.exists()


def test_import_and_its_preview_are_ordered(client_of, joined: Pair):
    client = client_of(Role.OPERATOR)
    client.post(f"/{joined.institution.pk}/admiss/import/", {"preview": "yes"})
    first = Run.objects.get()
    assert (first.kind, first.preview) == ("inbound", True)
    answer = client.post(f"/{joined.institution.pk}/admiss/import/", follow=True)
    assert f"Run {first.pk} is going on" in answer.content.decode()
    assert Run.objects.count() == 1


def test_a_run_that_goes_on_is_shown_in_place_of_the_buttons(client_of, joined: Pair):
    run = a_run(joined.institution, status="running", ended_at=None, step="Reading contacts")
    shown = page_of_admiss(client_of(Role.OPERATOR), joined.institution)
    assert f"Watch run {run.pk}" in shown
    assert "Reading contacts" in shown
    assert '<form method="post"' not in shown


def test_filters_of_a_run_fill_the_form_again():
    query = as_query(
        {"status": ["PS", "AP"], "sonis_id": ["A", "B"], "agency": ["Roe, Kim"], "entry_from": "2027-01-01"}
    )
    assert parse_qs(query)["agency"] == ["Roe, Kim"]
    offered = {"status": {"PS": "Prospect", "AP": "Applicant"}}
    form = ExportForm(QueryDict(query), offered=offered)
    assert form.is_valid(), form.errors
    assert form.filters.status == ("PS", "AP")
    assert form.filters.sonis_id == ("A", "B")
    assert form.filters.agency == ("Roe, Kim",)
