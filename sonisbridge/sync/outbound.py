"""The export, SONIS to ActiveCampaign, top to bottom: read, map, match, plan, hold or apply, confirm (rule 6.1)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.filters import Filters
from sonisbridge.core.outcome import Kind
from sonisbridge.core.safety import PlanSize, reasons_to_hold
from sonisbridge.store import institutions, runs
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.runs import OUTBOUND, Start

from . import accounts, batches_before, mirror, pair
from .apply import apply_plan
from .planning import make_plan
from .running import Carrier, Report, Running, lease, running, silent
from .sides import Sides, opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an export is asked to do."""

    started_by: str
    filters: Filters = field(default_factory=Filters)
    preview: bool = False
    """Plan and show, write nothing."""
    approved: bool = False
    """Apply without holding."""
    reconcile: bool = False
    """Scan both sides afresh; goes with preview."""


def export(institution: Institution, order: Order, report: Report = silent) -> Run:
    """Run an export and give its record, ended. Raises StopRunError or WrongSettingsError when it could not run."""
    run = runs.begin(institution, start_of(order), lease=lease())
    return carry_export(run, Carrier(report=report))


def apply_stored(run: Run, *, by: str, report: Report = silent) -> Run:
    """Apply a held or previewed plan: what was shown, line by line; a line that went stale is left out (rule 6.8)."""
    check_applicable(run)
    runs.resume(run, by=by, lease=lease())
    return carry_apply(run, Carrier(report=report))


def start_of(order: Order) -> Start:
    """The order, as it is stored with the run."""
    return Start(
        kind=OUTBOUND,
        started_by=order.started_by,
        preview=order.preview,
        approved=order.approved,
        reconcile=order.reconcile,
        filters=filters_document(order.filters),
    )


def carry_export(run: Run, carrier: Carrier) -> Run:
    """Carry out an export that was taken up, as its record says. Raises as `export` does."""
    filters = filters_of(run.filters)
    with running(run, carrier) as going, opened(run.institution, going) as sides:
        check_filters(sides, filters)
        batches_before.settle(sides, going)
        mirror.refresh(sides, going, full=run.reconcile)
        make_plan(sides, going, filters, accounts.planned_account(sides))
        if run.preview:
            return _ended(going)
        reasons = _reasons_to_hold(sides, going)
        if reasons and not run.approved:
            return _held(going, reasons)
        pair.require_confirmed(sides)
        apply_plan(sides, going, people_may_differ=False)
    return going.run


def carry_apply(run: Run, carrier: Carrier) -> Run:
    """Apply the stored plan of a run that was taken up. Raises as `apply_stored` does."""
    institution = run.institution
    with running(run, carrier) as going, opened(institution, going) as sides:
        if run.plan_mark != institutions.plan_mark(institution):
            raise WrongSettingsError(
                f"The field mapping or a choice changed since run {run.pk} was planned: export again."
            )
        going.reopen()
        batches_before.settle(sides, going)
        mirror.refresh(sides, going)
        pair.require_confirmed(sides)
        apply_plan(sides, going, people_may_differ=True)
    return going.run


def check_applicable(run: Run) -> None:
    """Raises WrongSettingsError unless the run has a plan that waits to be applied."""
    if run.kind != OUTBOUND or run.reconcile or not (run.status == "held" or run.preview):
        raise WrongSettingsError(
            f"Run {run.pk} has no plan that waits to be applied: only a held or previewed export has."
        )
    if run.planned_at is None or run.status not in {"held", "succeeded", "succeeded_with_problems"}:
        raise WrongSettingsError(f"The plan of run {run.pk} cannot be applied, the run is {run.status}: export again.")


def _reasons_to_hold(sides: Sides, going: Running) -> tuple[str, ...]:
    counts = going.plan.sizes()
    size = PlanSize(
        creates=counts.get(Kind.CREATED, 0),
        updates=counts.get(Kind.UPDATED, 0),
        linked=sides.links.count(),
        contacts=sides.mirror.count(),
        wrote_before=sides.institution.wrote_at is not None,
    )
    return reasons_to_hold(size, sides.policy)


def _held(going: Running, reasons: Iterable[str]) -> Run:
    going.run.hold_reasons = list(reasons)
    going.plan.hold()
    going.count_up()
    going.end("held", " ".join(going.run.hold_reasons))
    return going.run


def _ended(going: Running) -> Run:
    going.count_up()
    return going.run


def check_filters(sides: Sides, filters: Filters) -> None:
    """Raises WrongSettingsError for a filter value that SONIS does not know."""
    problems = sides.sonis.filter_problems(filters)
    if problems:
        raise WrongSettingsError(" ".join(problems))


def filters_document(filters: Filters) -> dict[str, object]:
    """The filters that are set, as they are stored with the run."""
    document: dict[str, object] = {}
    for item in dataclasses.fields(filters):
        value = getattr(filters, item.name)
        if value:
            document[item.name] = value.isoformat() if isinstance(value, date) else list(value)
    return document


def filters_of(document: dict[str, Any]) -> Filters:
    """The filters that are stored with a run."""
    dates = {item.name for item in dataclasses.fields(Filters) if item.default is None}
    chosen: dict[str, Any] = {
        name: date.fromisoformat(value) if name in dates else tuple(value) for name, value in document.items()
    }
    return Filters(**chosen)
