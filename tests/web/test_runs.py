"""Runs: the history, and in each what became of everybody (rules 8.1, 8.2, 11)."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from sonisbridge.core.roles import Role
from sonisbridge.store.models import AuditEntry, ImportedContact, Lock, PlanLine, Run

from .records import ADA, BEN, EVA, a_run, map_fields

CITY = {"12": ["Nashville", "Memphis"], "FIRSTNAME": ["ADA", "Ada"]}


@pytest.fixture
def viewer(client_of, institution):
    return client_of(Role.VIEWER)


@pytest.fixture
def operator(client_of, institution):
    return client_of(Role.OPERATOR)


def text_of(client, path: str, **headers: str) -> str:
    answer = client.get(path, **headers)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def at(institution, path: str = "") -> str:
    return f"/{institution.pk}/runs/{path}"


def a_preview(institution, **facts):
    lines: list[dict[str, Any]] = [
        {**ADA, "planned": "updated", "change": CITY, "message": "", "drift": ["12"]},
        {**BEN, "planned": "created", "change": {"EMAIL": ["", "ben@example.edu"]}},
        {**EVA, "outcome": "skipped", "reason": "no-email", "message": "Not sent: SONIS has no e-mail address."},
    ]
    return a_run(institution, lines, preview=True, **facts)


def test_the_history_is_narrowed_by_kind_status_starter_day_and_person(viewer, institution):
    a_run(institution, [{**ADA, "outcome": "updated"}], started_by="ann")
    a_run(institution, kind="inbound", status="failed", started_by="bea")
    a_run(institution, preview=True, started_by="ann", started_at=timezone.now() - timedelta(days=3))
    for query, shown in (
        ("", ["3", "2", "1"]),
        ("?what=import", ["2"]),
        ("?what=export-preview", ["3"]),
        ("?status=failed", ["2"]),
        ("?by=ann&what=export", ["1"]),
        (f"?since={timezone.now():%Y-%m-%d}", ["2", "1"]),
        ("?q=LO0000001", ["1"]),
        ("?q=NO0000000", []),
    ):
        document = viewer.get(at(institution, f"{query or '?'}&as=csv"))
        rows = list(csv.DictReader(io.StringIO(b"".join(document.streaming_content).decode().lstrip("\ufeff"))))
        assert [row["Run"] for row in rows] == shown, query


def test_a_run_of_another_institution_is_no_page(viewer, institution):
    other = type(institution).objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    run = a_run(other)
    assert viewer.get(at(institution, f"{run.pk}/")).status_code == 404
    assert viewer.get(at(institution, f"{run.pk}/now/")).status_code == 404


def test_each_person_has_their_message_and_leads_to_their_page(viewer, institution):
    run = a_run(institution, [{**ADA, "outcome": "updated", "message": "Updated Home City: Nashville -> Memphis."}])
    shown = text_of(viewer, at(institution, f"{run.pk}/"))
    assert "Updated Home City: Nashville -&gt; Memphis." in shown
    assert "Ada Lovelace" in shown
    assert f"/{institution.pk}/people/LO0000001/" in shown


def test_totals_lead_to_those_whom_they_count(viewer, institution):
    run = a_run(institution, [{**ADA, "outcome": "updated"}, {**EVA, "outcome": "skipped", "reason": "no-email"}])
    run.counts["read"] = 9
    run.save()
    shown = text_of(viewer, at(institution, f"{run.pk}/"))
    assert "<strong>7</strong>" in shown  # they agree and have no line
    skipped = text_of(viewer, at(institution, f"{run.pk}/?outcome=skipped"))
    assert "Eva Kim" in skipped
    assert "Ada Lovelace" not in skipped


@pytest.mark.parametrize("wanted", ["OS0000002", "ben osl", "ben@example", "71"])
def test_somebody_is_found_by_sonis_id_name_address_or_contact(viewer, institution, wanted):
    run = a_run(institution, [{**ADA, "outcome": "updated"}, {**BEN, "contact_id": 71, "outcome": "created"}])
    shown = text_of(viewer, at(institution, f"{run.pk}/?q={wanted}"))
    assert "Ben Oslo" in shown
    assert "Ada Lovelace" not in shown


def test_a_reason_narrows_and_counts(viewer, institution):
    lines = [{**EVA, "outcome": "skipped", "reason": "no-email"}, {**BEN, "outcome": "skipped", "reason": "disabled"}]
    run = a_run(institution, lines)
    shown = text_of(viewer, at(institution, f"{run.pk}/?reason=disabled"))
    assert "no-email (1)" in shown
    assert "Ben Oslo" in shown
    assert "Eva Kim" not in shown


def test_a_line_opens_to_field_both_values_and_write_rule(viewer, institution):
    map_fields(institution)
    run = a_preview(institution)
    field = "changed there since it was last confirmed"
    part = text_of(viewer, at(institution, f"{run.pk}/lines/0/"), HTTP_HX_REQUEST="true")
    for expected in ("Home City", "address.city", "Nashville", "Memphis", "unless SONIS is blank", "always", field):
        assert expected in part
    whole = text_of(viewer, at(institution, f"{run.pk}/lines/0/"))
    assert part in whole or "Home City" in whole
    assert viewer.get(at(institution, f"{run.pk}/lines/9/")).status_code == 404


def test_a_preview_says_what_would_be_done(operator, institution):
    map_fields(institution)
    run = a_preview(institution)
    shown = text_of(operator, at(institution, f"{run.pk}/"))
    assert "would be updated" in shown
    assert "Would create a contact with 1 field." in shown
    assert "Would update Home City: Nashville -&gt; Memphis; First Name: ADA -&gt; Ada." in shown
    assert "<strong>1 contact</strong> will be created" in shown
    assert "Sending takes" in shown
    created = text_of(operator, at(institution, f"{run.pk}/?outcome=created"))
    assert "Ben Oslo" in created
    assert "Ada Lovelace" not in created


def test_a_held_plan_says_why_and_shows_what_it_would_do(operator, institution):
    map_fields(institution)
    lines = [{**ADA, "planned": "updated", "outcome": "held", "change": CITY}]
    run = a_run(institution, lines, status="held", hold_reasons=["It is the first plan."])
    shown = text_of(operator, at(institution, f"{run.pk}/"))
    assert "It is the first plan." in shown
    assert "would be updated" in shown
    assert "Ada Lovelace" in text_of(operator, at(institution, f"{run.pk}/?outcome=updated"))


def test_a_plan_made_before_the_mapping_changed_cannot_be_sent(operator, institution):
    run = a_preview(institution)
    assert 'data-opens="send"' in text_of(operator, at(institution, f"{run.pk}/"))
    map_fields(institution)
    shown = text_of(operator, at(institution, f"{run.pk}/"))
    assert "Preview again" in shown
    assert 'data-opens="send"' not in shown


def test_nothing_to_send_is_said(operator, institution):
    run = a_run(institution, preview=True, counts={"read": 12})
    shown = text_of(operator, at(institution, f"{run.pk}/"))
    assert "Nothing to send." in shown
    assert 'data-opens="send"' not in shown


def test_a_viewer_is_offered_nothing_that_writes(viewer, institution):
    shown = text_of(viewer, at(institution, f"{a_preview(institution).pk}/"))
    assert 'method="post"' not in shown
    for what in ("send", "cancel", "again"):
        assert viewer.post(at(institution, f"1/{what}/")).status_code == 403
    assert Run.objects.get().status == "succeeded"


@pytest.mark.parametrize("what", ["send", "cancel", "again"])
def test_nothing_is_done_by_looking(operator, institution, what):
    run = a_preview(institution)
    assert operator.get(at(institution, f"{run.pk}/{what}/")).status_code == 405


def test_send_queues_the_plan_that_was_shown(operator, institution):
    run = a_preview(institution)
    answer = operator.post(at(institution, f"{run.pk}/send/"))
    assert (answer.status_code, answer.url) == (303, at(institution, f"{run.pk}/"))
    run.refresh_from_db()
    assert (run.status, run.applying, run.started_by) == ("queued", True, "operator")


def test_a_dropped_plan_is_gone_and_who_dropped_it_is_known(operator, institution):
    run = a_preview(institution, status="succeeded_with_problems")
    operator.post(at(institution, f"{run.pk}/cancel/"))
    run.refresh_from_db()
    assert run.status == "cancelled"
    assert AuditEntry.objects.filter(by="operator", action="run cancelled", after={"run": run.pk}).exists()


def test_what_cannot_be_cancelled_says_so(operator, institution):
    run = a_run(institution)
    answer = operator.post(at(institution, f"{run.pk}/cancel/"), follow=True)
    assert "is not running" in answer.content.decode()


def test_those_who_failed_are_exported_again_and_nobody_else(operator, institution):
    lines: list[dict[str, Any]] = [
        {**ADA, "outcome": "failed", "reason": "refused"},
        {**BEN, "outcome": "skipped", "reason": "not-reached", "planned": "created"},
        {**EVA, "outcome": "skipped", "reason": "no-email"},
    ]
    run = a_run(institution, lines, status="interrupted")
    assert "Run again for 2 people" in text_of(operator, at(institution, f"{run.pk}/"))
    operator.post(at(institution, f"{run.pk}/again/"))
    again = Run.objects.latest("pk")
    assert (again.status, again.preview, again.filters) == ("queued", False, {"sonis_id": ["LO0000001", "OS0000002"]})


def test_a_second_run_is_refused_and_the_first_is_named(operator, institution):
    run = a_run(institution, kind="inbound")
    operator.post(at(institution, f"{run.pk}/again/"))
    going = Run.objects.latest("pk")
    answer = operator.post(at(institution, f"{run.pk}/again/"), follow=True)
    assert f"Run {going.pk} is going on" in answer.content.decode()
    assert Run.objects.count() == 2
    assert Lock.objects.filter(run=going.pk).exists()


def test_progress_says_done_of_how_many_how_fast_and_how_long(viewer, institution):
    began = timezone.now() - timedelta(seconds=20)
    facts = {
        "status": "running",
        "step": "Sending",
        "step_began_at": began,
        "done": 100,
        "total": 300,
        "ended_at": None,
    }
    run = a_run(institution, [{**ADA, "outcome": "updated"}, {**BEN, "planned": "created"}], **facts)
    part = text_of(viewer, at(institution, f"{run.pk}/now/"), HTTP_HX_REQUEST="true")
    for expected in ("Sending", "100 of 300", "5 a second", "about 40 s left", "updated"):
        assert expected in part
    assert 'value="100"' in part
    assert "to do" in text_of(viewer, at(institution, f"{run.pk}/"))


def test_the_end_of_a_run_loads_its_page_again_and_stops_asking(viewer, institution):
    answer = viewer.get(at(institution, f"{a_run(institution).pk}/now/"), HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.headers["HX-Refresh"]) == (286, "true")


def test_an_interrupted_run_says_what_is_done_and_who_goes_on(viewer, institution):
    lines: list[dict[str, Any]] = [
        {**ADA, "outcome": "updated"},
        {**BEN, "planned": "created", "outcome": "skipped", "reason": "not-reached"},
    ]
    run = a_run(institution, lines, status="interrupted", message="The program was stopped.")
    shown = text_of(viewer, at(institution, f"{run.pk}/"))
    assert "1 person was not reached" in shown
    assert "nothing twice, nothing lost" in shown
    follower = a_run(institution, follows=run.pk)
    assert f"Run {follower.pk}</a> goes on from here" in text_of(viewer, at(institution, f"{run.pk}/"))


def test_an_imported_contact_shows_what_did_not_fit(viewer, institution):
    run = a_run(institution, [{"contact_id": 5, "name": "Zoe New", "outcome": "created"}], kind="inbound")
    ImportedContact.objects.create(
        institution=institution, contact_id=5, row_id="1", written=True, run=run.pk, left_over={"address.zip": "a" * 40}
    )
    assert "1 value that did not fit" in text_of(viewer, at(institution, f"{run.pk}/"))
    assert "a" * 40 in text_of(viewer, at(institution, f"{run.pk}/lines/0/"))


def test_the_csv_has_everybody_and_runs_no_formula(viewer, institution):
    run = a_run(institution, [{**ADA, "outcome": "failed", "message": "=1+1", "reason": "refused"}])
    document = b"".join(viewer.get(at(institution, f"{run.pk}/?as=csv")).streaming_content).decode()
    (row,) = csv.DictReader(io.StringIO(document.lstrip("\ufeff")))
    assert (row["SONIS ID"], row["Outcome"], row["Message"]) == ("LO0000001", "failed", "'=1+1")
    assert row["E-mail"] == "ada@example.edu"


def test_a_page_asks_the_database_as_often_for_many_lines_as_for_few(
    viewer, institution, django_assert_max_num_queries
):
    run = a_run(institution, [{**ADA, "outcome": "updated", "change": CITY} for _ in range(200)])
    assert PlanLine.objects.count() == 200
    with django_assert_max_num_queries(25):
        viewer.get(at(institution, f"{run.pk}/?size=100"))
