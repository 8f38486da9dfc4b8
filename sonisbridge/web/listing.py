"""Lists: paged, sorted, searched and filtered by the database, all of it in the address bar; and as CSV.

A list is described once (`Listing`) and answered in three forms: the whole page, the part of it that htmx asks for, and
a CSV file that is streamed row by row and safe to open in a spreadsheet (rule 8.1).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from .forms import FilterForm
from .pages import Request

PAGE_SIZES = (50, 100, 250)
COUNTED = 10_000
"""Rows are counted up to here; beyond, a list says "more than". Counting a million costs more than it tells."""
CSV_CHUNK = 2000

Rows = QuerySet[Any] | Sequence[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its title, how it is sorted, and what it says in a CSV file."""

    key: str
    title: str
    text: Callable[[Any], Any]
    """The row's value as the CSV file has it."""
    order: tuple[str, ...] = ()
    """Database fields that sort it, ascending; () = it cannot be sorted."""
    numeric: bool = False
    hidden: bool = False
    """In the CSV file only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of one kind of row."""

    name: str
    """The stem of its CSV file's name, and the id of the list in the page."""
    columns: tuple[Column, ...]
    row_template: str
    """Writes the cells (`<td>`) of one `row`."""
    sort: str
    """The column that it is sorted by at first; with "-" before it, descending."""
    tie: str = "pk"
    """The database field that decides between equals, so that no row is shown twice or never."""
    empty: str = "Nothing is here yet."
    filters: type[FilterForm] = FilterForm
    prepare: Callable[[Request, list[Any]], Iterable[Any]] | None = None
    """Fetches what the rows of one page need besides themselves."""


@dataclass(slots=True, kw_only=True)
class Shown:
    """One page of a list, for its template."""

    listing: Listing
    form: FilterForm
    rows: list[Any]
    total: int
    more_than_total: bool
    page: int
    pages: int
    size: int
    sorted_by: str
    descending: bool

    @property
    def first(self) -> int:
        """The number of the first row shown, from 1; 0 when there is none."""
        return (self.page - 1) * self.size + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the last row shown."""
        return (self.page - 1) * self.size + len(self.rows)

    @property
    def heads(self) -> list[dict[str, Any]]:
        """The column heads: title, the `sort` that a click asks for, and how it is sorted now."""
        heads = []
        for column in self.listing.columns:
            if column.hidden:
                continue
            now = self.sorted_by == column.key
            heads.append(
                {
                    "title": column.title,
                    "numeric": column.numeric,
                    "sort": (f"-{column.key}" if now and not self.descending else column.key) if column.order else "",
                    "direction": ("descending" if self.descending else "ascending") if now else "",
                }
            )
        return heads


def answer(
    request: Request, listing: Listing, rows: Rows, template: str, context: Mapping[str, Any] | None = None
) -> HttpResponseBase:
    """The list as the request wants it: CSV, the part that htmx swaps, or the whole page of `template`.

    `template` extends the frame and includes "web/list.html"; it finds the list as `list`.
    """
    form = listing.filters(request.GET)
    found = form.narrow(rows) if isinstance(rows, QuerySet) else rows
    column, descending = _sorting(listing, request.GET.get("sort", ""))
    found = _sorted(found, listing, column, descending)
    if request.GET.get("as") == "csv":
        return _as_csv(request, listing, found)
    shown = _shown(request, listing, form, found, column, descending)
    wants_part = request.htmx and request.htmx.target == f"list-{listing.name}"
    chosen = "web/list.html" if wants_part else template
    return render(request, chosen, {**(context or {}), "list": shown})


def _sorting(listing: Listing, asked: str) -> tuple[Column, bool]:
    for wanted in (asked, listing.sort):
        key = wanted.removeprefix("-")
        column = next((item for item in listing.columns if item.key == key and item.order), None)
        if column is not None:
            return column, wanted.startswith("-")
    raise ValueError(f"the list {listing.name} has no column {listing.sort} to sort by")


def _sorted(rows: Rows, listing: Listing, column: Column, descending: bool) -> Rows:
    if isinstance(rows, QuerySet):
        sign = "-" if descending else ""
        order = [f"{sign}{name}" for name in column.order]
        tie = [] if listing.tie in column.order else [f"{sign}{listing.tie}"]
        return rows.order_by(*order, *tie)
    return sorted(rows, key=lambda row: str(column.text(row)).casefold(), reverse=descending)


def _shown(request: Request, listing: Listing, form: FilterForm, rows: Rows, column: Column, descending: bool) -> Shown:
    size = _chosen(request.GET.get("size", ""), PAGE_SIZES)
    total = rows[: COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)
    over = isinstance(rows, QuerySet) and total > COUNTED
    pages = max(1, -(-total // size))
    wanted = request.GET.get("page", "1")
    page = int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1
    page = max(1, page if over else min(page, pages))
    part = list(rows[(page - 1) * size : page * size])
    if listing.prepare is not None:
        part = list(listing.prepare(request, part))
    return Shown(
        listing=listing, form=form, rows=part, total=min(total, COUNTED), more_than_total=over,
        page=page, pages=pages, size=size, sorted_by=column.key, descending=descending,
    )  # fmt: skip


def _chosen(text: str, allowed: Sequence[int]) -> int:
    return int(text) if text.isdecimal() and int(text) in allowed else allowed[0]


def _as_csv(request: Request, listing: Listing, rows: Rows) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_csv_lines(request, listing, rows), content_type="text/csv; charset=utf-8")
    stamp = timezone.localtime().strftime("%Y-%m-%d")
    response.headers["Content-Disposition"] = f'attachment; filename="{listing.name}-{stamp}.csv"'
    return response


class _Line:
    """Takes what a csv.writer writes and gives it back."""

    def write(self, text: str) -> str:
        """The line itself."""
        return text


def _csv_lines(request: Request, listing: Listing, rows: Rows) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow([column.title for column in listing.columns])  # the mark lets Excel see UTF-8
    for part in _parts(rows):
        prepared = listing.prepare(request, part) if listing.prepare else part
        for row in prepared:
            yield writer.writerow([spreadsheet_safe(column.text(row)) for column in listing.columns])


def _parts(rows: Rows) -> Iterator[list[Any]]:
    source = rows.iterator(CSV_CHUNK) if isinstance(rows, QuerySet) else iter(rows)
    part: list[Any] = []
    for row in source:
        part.append(row)
        if len(part) == CSV_CHUNK:
            yield part
            part = []
    if part:
        yield part


_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def spreadsheet_safe(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula: what could be one gets an apostrophe before it.

    Moments are written in the institution's zone, as ISO text.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(timespec="seconds")
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULA) else text
