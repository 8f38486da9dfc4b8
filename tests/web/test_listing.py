"""Lists: paged, sorted and filtered by the database, all of it in the address bar; CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from django_htmx.middleware import HtmxDetails
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.store.models import AuditEntry
from sonisbridge.web import listing
from sonisbridge.web.forms import FilterForm
from sonisbridge.web.listing import Column, Listing, answer, spreadsheet_safe


class ByAction(FilterForm):
    search_hint = "Action"

    def narrow(self, rows):
        wanted = self.given("q")
        return rows.filter(action__contains=wanted) if wanted else rows


ENTRIES = Listing(
    name="entries",
    columns=(
        Column(key="by", title="Who", text=lambda row: row.by, order=("by",)),
        Column(key="action", title="What", text=lambda row: row.action, order=("action",)),
    ),
    row_template="web/rail_entry.html",
    sort="-by",
    filters=ByAction,
)


@pytest.fixture
def entries(db):
    AuditEntry.objects.bulk_create(
        AuditEntry(by=f"user{number:03d}", action=f"did {number % 3}") for number in range(120)
    )
    return AuditEntry.objects.all()


def asked(query: str):
    request = RequestFactory().get(f"/?{query}")
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    return request


def shown(query: str, rows):
    form = ENTRIES.filters(QueryDict(query))
    request = asked(query)
    column, descending = listing._sorting(ENTRIES, request.GET.get("sort", ""))
    found = listing._sorted(form.narrow(rows), ENTRIES, column, descending)
    return listing._shown(request, ENTRIES, form, found, column, descending)


def test_a_page_of_a_list_is_the_rows_that_the_address_names(entries):
    first = shown("", entries)
    assert [row.by for row in first.rows][:2] == ["user119", "user118"]
    assert (first.first, first.last, first.total, first.pages) == (1, 50, 120, 3)
    last = shown("page=3&sort=by", entries)
    assert [row.by for row in last.rows][-1] == "user119"
    assert (last.first, last.last) == (101, 120)


@pytest.mark.parametrize(
    "query", ["page=0", "page=-3", "page=x", "page=99999999999999", "page=4&sort=nothing", "size=7"]
)
def test_an_address_that_makes_no_sense_shows_a_page_all_the_same(entries, query):
    assert shown(query, entries).rows


def test_every_row_is_on_exactly_one_page(entries):
    pages = [shown(f"sort=action&page={page}", entries) for page in (1, 2, 3)]
    assert sorted(row.pk for page in pages for row in page.rows) == sorted(entries.values_list("pk", flat=True))


def test_filters_narrow_and_can_be_told_from_none(entries):
    found = shown("q=did+1", entries)
    assert found.total == 40
    assert found.form.in_force
    assert not shown("", entries).form.in_force


def test_csv_has_every_row_that_fits_and_not_only_the_page(entries):
    response = answer(asked("as=csv&q=did+1"), ENTRIES, entries, "web/soon.html")
    text = b"".join(response).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["Who", "What"]
    assert len(rows) == 41
    assert response.headers["Content-Disposition"].startswith('attachment; filename="entries-')


@given(st.text(max_size=20))
def test_no_cell_begins_as_a_formula_does(text):
    assert not spreadsheet_safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_cells_say_moments_in_the_zone_of_the_page_and_nothing_for_none():
    assert spreadsheet_safe(None) == ""
    assert spreadsheet_safe(True) == "yes"
    assert spreadsheet_safe(-3) == "-3"
    assert spreadsheet_safe(datetime(2026, 11, 25, 12, tzinfo=UTC)) == "2026-11-25T12:00:00+00:00"
