"""Home: is everything all right, and what waits for me? (rule 11)"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from sonisbridge.core.roles import Role
from sonisbridge.store.history import Passed
from sonisbridge.store.models import DriftRecord, ImportedContact, OpenConflict
from sonisbridge.web.charts import Column, columns_chart, totals_bar
from sonisbridge.web.home.days import DAYS, days

from .records import ADA, a_run, map_fields


@pytest.fixture
def home(client_of, institution):
    map_fields(institution)

    def look(role: Role = Role.VIEWER) -> str:
        answer = client_of(role).get(f"/{institution.pk}/")
        assert answer.status_code == 200
        return str(answer.content.decode())

    return look


def test_before_the_first_run_home_says_how_to_begin(home):
    shown = home(Role.OPERATOR)
    assert "Nothing was exported yet: start with a preview." in shown
    assert "No run yet" in shown


def test_an_institution_that_is_not_set_up_leads_to_the_next_step(client_of, institution):
    shown = client_of(Role.ADMINISTRATOR).get(f"/{institution.pk}/").content.decode()
    assert "No field mapping" in shown


def test_what_waits_and_what_was_set_back_is_counted(home, institution):
    run = a_run(institution, [{**ADA, "outcome": "updated"}], drift=1)
    a_run(institution, kind="inbound", status="failed")
    OpenConflict.objects.create(
        institution=institution, kind="outbound", reason="shared-email", message="", first_run=1, last_run=1
    )
    ImportedContact.objects.create(institution=institution, contact_id=1, row_id="1", written=True, run=run.pk)
    for days_ago in (1, 8):
        DriftRecord.objects.create(
            run=run, sonis_id="LO0000001", contact_id=7, field_id="12", theirs="a", ours="b",
            at=timezone.now() - timedelta(days=days_ago),
        )  # fmt: skip
    shown = home()
    assert "The last import failed." in shown
    assert shown.count('<span class="figure">1</span>') == 3  # review, prospects, drift of seven days


def test_the_chart_has_a_title_words_and_a_table(home, institution):
    a_run(institution, [{**ADA, "outcome": "updated"}])
    shown = home()
    assert (
        '<svg class="chart" viewBox="0 0 560 150" role="img" aria-labelledby="runs-chart-title runs-chart-words">'
        in shown
    )
    assert "1 run in 30 days, 0 of them failed." in shown
    assert "The same as a table" in shown
    assert "style=" not in shown


@override_settings(DEMO=True, DEMO_PORTAL="http://127.0.0.1:9/portal")
def test_the_demo_leads_to_the_other_side(home):
    assert 'href="http://127.0.0.1:9/portal"' in home()


def test_days_are_those_of_the_institution_and_none_is_left_out():
    late = datetime.fromisoformat("2026-11-24T03:30:00+00:00")
    with timezone.override("America/Chicago"):
        shown = days([Passed(at=late, status="failed", counts={"created": 3}, drift=2)], date(2026, 11, 24))
    assert len(shown) == DAYS
    assert [(item.date, item.runs, item.failed_runs, item.drift) for item in shown if item.runs] == [
        (date(2026, 11, 23), 1, 1, 2)
    ]


def test_text_in_a_chart_is_no_markup():
    drawn = columns_chart("c", "<b>", "&", [Column(label="<i>", title="</svg>", values={"created": 1})])
    assert "<b>" not in drawn
    assert drawn.count("</svg>") == 1


def test_the_bar_of_totals_says_its_numbers():
    drawn = totals_bar({"read": 10, "created": 9, "conflict": 1})
    assert 'aria-label="9 created, 1 in conflict"' in drawn
    assert totals_bar({}) == ""
