"""Runs as pages look at them: the one that goes on, the last of a kind, what became of whom, day by day (rule 8.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from sonisbridge.core.outcome import Kind
from sonisbridge.core.person import SonisId

from .links import EVERY
from .models import DriftRecord, ImportedContact, Institution, Link, PlanLine, Run
from .plans import WRITES
from .runs import OUTBOUND, QUEUED, RUNNING

ACTIVE = (QUEUED, RUNNING)
SUCCEEDED = ("succeeded", "succeeded_with_problems")
_WAITING = ("", str(Kind.HELD))
"""What stands as the outcome of a line that waits to be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of one run with the same outcome and reason."""

    outcome: str
    """What became of them; of lines that wait to be sent, what is planned; "" of those that a run has yet to reach."""
    reason: str
    many: int


def active(institution: Institution) -> Run | None:
    """The run that waits for a worker or goes on."""
    return Run.objects.filter(institution=institution, status__in=ACTIVE).order_by("-pk").first()


def last(institution: Institution, kind: str) -> Run | None:
    """The newest run of that kind that was to write, ended or not."""
    return Run.objects.filter(institution=institution, kind=kind, preview=False).order_by("-pk").first()


def later_export(run: Run) -> Run | None:
    """The newest export after the run that was to write: it may have done what the run's plan says."""
    rows = Run.objects.filter(institution=run.institution_id, kind=run.kind, preview=False, pk__gt=run.pk)
    return rows.order_by("-pk").first()


def follower(run: Run) -> Run | None:
    """The run that goes on from this interrupted one."""
    return Run.objects.filter(institution=run.institution_id, follows=run.pk).order_by("-pk").first()


def last_of_everybody(institution: Institution) -> Run | None:
    """The newest export of everybody, or preview of one, that was planned to the end."""
    rows = Run.objects.filter(institution=institution, kind=OUTBOUND, filters={}, planned_at__isnull=False)
    return rows.order_by("-pk").first()


def last_agreed(institution: Institution, links: Iterable[Link]) -> dict[int, Run]:
    """Contact id to the run that last found both sides of its link to agree; none for a link that awaits its first."""
    noted = {link.contact_id: link.checked_run for link in links}
    every = last_of_everybody(institution) if EVERY in noted.values() else None
    runs = Run.objects.in_bulk([pk for pk in noted.values() if pk])
    found = {contact_id: every if pk == EVERY else runs.get(pk or 0) for contact_id, pk in noted.items()}
    return {contact_id: run for contact_id, run in found.items() if run}


def waits(run: Run) -> bool:
    """Whether the run has a whole plan of which nothing was sent: held, or a preview that ended well."""
    return run.planned_at is not None and (run.status == "held" or (run.preview and run.status in SUCCEEDED))


def groups(run: Run) -> list[Group]:
    """The run's lines by outcome and reason, counted by the index alone."""
    waiting = waits(run)
    rows = PlanLine.objects.filter(run=run).values_list("outcome", "planned", "reason").annotate(many=Count("pk"))
    found: dict[tuple[str, str], int] = {}
    for outcome, planned, reason, many in rows.order_by("outcome", "planned", "reason"):
        key = (planned if waiting and outcome in _WAITING else outcome, reason)
        found[key] = found.get(key, 0) + many
    return [Group(outcome=outcome, reason=reason, many=many) for (outcome, reason), many in found.items()]


def narrowed(
    rows: QuerySet[PlanLine], run: Run, *, outcome: str = "", reason: str = "", search: str = ""
) -> QuerySet[PlanLine]:
    """Those lines of the run with that outcome, that reason, that SONIS ID, name, e-mail or contact id."""
    if outcome and waits(run) and outcome in WRITES:
        rows = rows.filter(outcome__in=_WAITING, planned=outcome)
    elif outcome:
        rows = rows.filter(outcome=outcome)
    if reason:
        rows = rows.filter(reason=reason)
    if search:
        wanted = Q(sonis_id=search) | Q(name__icontains=search) | Q(email__istartswith=search)
        if search.isdecimal() and len(search) < 19:
            wanted |= Q(contact_id=int(search))
        rows = rows.filter(wanted)
    return rows


def line(run: Run, position: int) -> PlanLine | None:
    """The line at that place of the run's plan."""
    return PlanLine.objects.filter(run=run, position=position).first()


def failed_people(run: Run) -> list[SonisId]:
    """The SONIS IDs of the people who failed in an export, or whom it did not reach."""
    rows = PlanLine.objects.filter(run=run).exclude(sonis_id="")
    undone = rows.filter(Q(outcome=Kind.FAILED) | Q(outcome=Kind.SKIPPED, reason="not-reached"))
    return [SonisId(found) for found in undone.order_by("position").values_list("sonis_id", flat=True)]


def left_over(run: Run, contact_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """Contact id to what did not fit into SONIS when the contact was imported, for those where something did not."""
    rows = ImportedContact.objects.filter(institution=run.institution_id, contact_id__in=list(contact_ids))
    return {contact_id: kept for contact_id, kept in rows.values_list("contact_id", "left_over") if kept}


def starters(institution: Institution) -> list[str]:
    """Who or what started runs."""
    rows = Run.objects.filter(institution=institution).order_by("started_by")
    return list(rows.values_list("started_by", flat=True).distinct())


def with_person(runs: QuerySet[Run], sonis_id: str) -> QuerySet[Run]:
    """Those of the runs that have a line for the person."""
    return runs.filter(pk__in=PlanLine.objects.filter(sonis_id=sonis_id).values("run"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One run of the past, as far as a chart shows it."""

    at: datetime
    status: str
    counts: dict[str, int]
    drift: int


def since(institution: Institution, moment: datetime) -> list[Passed]:
    """The runs since then that were to write, oldest first."""
    rows = Run.objects.filter(institution=institution, started_at__gte=moment, preview=False).order_by("pk")
    return [
        Passed(at=at, status=status, counts=counts, drift=drift)
        for at, status, counts, drift in rows.values_list("started_at", "status", "counts", "drift")
    ]


def overwritten_since(institution: Institution, moment: datetime) -> int:
    """How many values that somebody had changed in ActiveCampaign were set back since then (rule 6.9)."""
    return DriftRecord.objects.filter(run__institution=institution, at__gte=moment).count()
