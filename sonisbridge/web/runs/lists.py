"""The two lists of these pages: the history of runs, and what became of everybody in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from sonisbridge.core import wording
from sonisbridge.core.outcome import Reason
from sonisbridge.store import history, institutions
from sonisbridge.store.models import Institution, PlanLine, Run
from sonisbridge.store.plans import WRITES
from sonisbridge.store.runs import ENDED
from sonisbridge.web.charts import KINDS
from sonisbridge.web.forms import DayInput, FilterForm, choices
from sonisbridge.web.listing import Column, Listing
from sonisbridge.web.pages import Request
from sonisbridge.web.templatetags.words import outcome_word, run_word, status_word

WHAT: dict[str, dict[str, Any]] = {
    "export": {"kind": "outbound", "preview": False},
    "export-preview": {"kind": "outbound", "preview": True, "reconcile": False},
    "import": {"kind": "inbound", "preview": False},
    "import-preview": {"kind": "inbound", "preview": True, "reconcile": False},
    "comparison": {"reconcile": True},
}
"""What the history can be narrowed to, and how a run says that it is that."""


class RunFilters(FilterForm):
    """Narrows the history."""

    search_hint = "SONIS ID of a person"
    what = forms.ChoiceField(
        label="Kind",
        choices=choices(
            ("export", "Exports"), ("export-preview", "Export previews"), ("import", "Imports"),
            ("import-preview", "Import previews"), ("comparison", "Comparisons"),
        ),
    )  # fmt: skip
    status = forms.ChoiceField(
        label="Status",
        choices=choices(
            *((status, status_word(status).capitalize()) for status in (*ENDED, "running", "queued")), every="Any"
        ),
    )
    by = forms.ChoiceField(label="Started by")
    since = forms.DateField(label="From", widget=DayInput)
    until = forms.DateField(label="To", widget=DayInput)

    people: list[str] = []

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["q"].label = "Person"
        self.fields["by"].choices = choices(*((name, name) for name in self.people), every="Anybody")  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The runs that fit."""
        if what := self.given("what"):
            rows = rows.filter(**WHAT[what])
        if status := self.given("status"):
            rows = rows.filter(status=status)
        if by := self.given("by"):
            rows = rows.filter(started_by=by)
        if since := self.given("since"):
            rows = rows.filter(started_at__gte=_midnight(since))
        if until := self.given("until"):
            rows = rows.filter(started_at__lt=_midnight(until + timedelta(days=1)))
        if person := self.given("q"):
            rows = history.with_person(rows, person)
        return rows


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def runs_list(institution: Institution) -> Listing:
    """The history of runs."""
    filters = type("RunFiltersHere", (RunFilters,), {"people": history.starters(institution)})
    return Listing(
        name="runs",
        columns=(
            Column(key="run", title="Run", text=lambda run: run.pk, order=("pk",), numeric=True),
            Column(key="what", title="What", text=run_word, order=("kind", "preview")),
            Column(key="status", title="Status", text=lambda run: status_word(run.status), order=("status",)),
            Column(key="started", title="Started", text=lambda run: run.started_at, order=("started_at",)),
            Column(key="by", title="By", text=lambda run: run.started_by, order=("started_by",)),
            Column(
                key="seconds", title="Took", text=lambda run: round(run.seconds, 1), order=("seconds",), numeric=True
            ),
            Column(key="read", title="People or contacts", text=lambda run: run.counts.get("read", 0), numeric=True),
            Column(key="totals", title="Outcomes", text=_totals),
            *(_count_column(kind) for kind in KINDS),
        ),
        row_template="web/runs/run_row.html",
        sort="-run",
        empty="No run yet. Start with a preview or an import on Admiss: Active Campaign.",
        filters=filters,
    )


def _totals(run: Run) -> str:
    return ", ".join(f"{run.counts[kind]} {outcome_word(kind)}" for kind in KINDS if run.counts.get(kind))


def _count_column(kind: str) -> Column:
    return Column(key=kind, title=kind, text=lambda run: run.counts.get(kind, 0), numeric=True, hidden=True)


class OutcomeFilters(FilterForm):
    """Narrows what became of everybody."""

    search_hint = "SONIS ID, name, e-mail or contact id"
    outcome = forms.ChoiceField(widget=forms.HiddenInput)  # the chips choose it
    reason = forms.ChoiceField(
        label="Reason", choices=choices(*((str(reason), str(reason)) for reason in Reason), every="Any")
    )

    run: Run
    groups: list[history.Group]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        outcome = self.data.get("outcome", "")
        many: dict[str, int] = {}
        for group in self.groups:
            if group.reason and outcome in {"", group.outcome}:
                many[group.reason] = many.get(group.reason, 0) + group.many
        asked = self.data.get("reason", "")
        if asked and asked not in many and asked in set(Reason):
            many[asked] = 0
        pairs = ((reason, f"{reason} ({number:,})") for reason, number in sorted(many.items()))
        self.fields["reason"].choices = choices(*pairs, every="Any")  # type: ignore[attr-defined]
        self.fields["outcome"].choices = choices(*((kind, kind) for kind in KINDS))  # type: ignore[attr-defined]

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The lines that fit."""
        return history.narrowed(
            rows,
            self.run,
            outcome=self.given("outcome") or "",
            reason=self.given("reason") or "",
            search=self.given("q") or "",
        )


def outcomes(run: Run) -> tuple[Listing, QuerySet[PlanLine]]:
    """What became of everybody in the run."""
    inbound = run.kind == "inbound"
    groups = history.groups(run)
    planned = history.waits(run)
    listing = Listing(
        name="outcomes",
        columns=(
            Column(
                key="person", title="Contact" if inbound else "Person", text=lambda line: line.name, order=("name",)
            ),
            Column(key="sonis_id", title="SONIS ID", text=lambda line: line.sonis_id),
            Column(
                key="contact", title="Contact", text=lambda line: line.contact_id, order=("contact_id",), hidden=True
            ),
            Column(key="email", title="E-mail", text=lambda line: line.email, hidden=True),
            Column(key="outcome", title="Outcome", text=_outcome_text, order=("outcome", "planned", "reason")),
            Column(key="reason", title="Reason", text=lambda line: line.reason, hidden=True),
            Column(key="message", title="Message", text=lambda line: line.message),
            Column(key="place", title="Place", text=lambda line: line.position, order=("position",), hidden=True),
        ),
        row_template="web/runs/outcome_row.html",
        sort="place",
        tie="position",
        empty=_nobody(run),
        filters=type("OutcomeFiltersHere", (OutcomeFilters,), {"run": run, "groups": groups}),
        prepare=_Preparing(run, planned=planned),
    )
    return listing, PlanLine.objects.filter(run=run)


def _outcome_text(line: PlanLine) -> str:
    return line.outcome or line.planned


def _nobody(run: Run) -> str:
    if run.counts.get("read"):
        return "Nothing to list: every contact says what SONIS says."
    return "The run came to nobody."


class _Preparing:
    """Adds to each line of a page what its row shows besides."""

    def __init__(self, run: Run, *, planned: bool) -> None:
        self._run = run
        self._planned = planned
        self._fields = institutions.fields_as_last_read(run.institution)

    def __call__(self, _request: Request, lines: list[Any]) -> Iterable[Any]:
        imported = [line.contact_id for line in lines if line.contact_id and not line.change]
        left_over = history.left_over(self._run, imported) if self._run.kind == "inbound" else {}
        for line in lines:
            if self._planned and line.planned in WRITES and line.outcome in {"", "held"}:
                line.message = f"{wording.planned(line.planned, line.change, self._fields)} {line.message}".strip()
            line.shown = line.planned if self._planned and line.outcome in {"", "held"} else line.outcome
            line.would = self._planned
            line.many_fields = len(line.change)
            line.left_over = left_over.get(line.contact_id or 0, {})
            line.run_id_shown = self._run.pk
        return lines
