"""Run records, and the lease that lets only one run at a time into an institution and an account (rules 8.1, 8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError

from .models import Institution, Lock, Run
from .plans import StoredPlan

OUTBOUND, INBOUND = "outbound", "inbound"
LOCKS_A_RUN = 2
"""The institution's and the account's: a run that lost one of them must stop."""
ENDED = ("succeeded", "succeeded_with_problems", "failed", "cancelled", "interrupted", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a run is started with."""

    kind: str
    started_by: str
    preview: bool = False
    reconcile: bool = False
    filters: dict[str, Any] | None = None


def begin(institution: Institution, start: Start, *, lease: timedelta) -> Run:
    """A new run that holds the locks. Raises StopRunError when another one is going on."""
    with transaction.atomic():
        run = Run.objects.create(
            institution=institution,
            kind=start.kind,
            preview=start.preview,
            reconcile=start.reconcile,
            started_by=start.started_by,
            filters=start.filters or {},
            started_at=timezone.now(),
        )
        take_locks(run, lease=lease)
    return run


def resume(run: Run, *, lease: timedelta) -> None:
    """Take a run that waits for a user back to work. Raises as `begin` does."""
    with transaction.atomic():
        take_locks(run, lease=lease)
        run.status, run.ended_at, run.preview, run.cancel_requested = "running", None, False, False
        run.save(update_fields=["status", "ended_at", "preview", "cancel_requested"])


def take_locks(run: Run, *, lease: timedelta) -> None:
    """Take the institution's and the account's lock for the run; a lapsed lease is free, its run was interrupted."""
    now = timezone.now()
    for key in lock_keys(run.institution):
        row, made = Lock.objects.select_for_update().get_or_create(
            key=key, defaults={"run": run.pk, "until": now + lease}
        )
        if made or row.run == run.pk:
            continue
        if row.until > now:
            wait = (row.until - now).total_seconds()
            raise StopRunError(
                f"Run {row.run} is going on for this institution or its account: wait for it, or cancel it with "
                f"`sonisbridge runs cancel {row.run}`. If it was killed, its lock is free in {wait:.0f} s."
            )
        taken = Lock.objects.filter(key=key, run=row.run, until=row.until).update(run=run.pk, until=now + lease)
        if not taken:
            raise StopRunError("Another run was quicker to start: wait for it to end.")
        interrupt(row.run)


def renew(run_id: int, *, lease: timedelta) -> bool:
    """Keep the run's locks for another while. False: they were taken over, and the run must stop writing."""
    now = timezone.now()
    kept = Lock.objects.filter(run=run_id, until__gt=now).update(until=now + lease)
    return kept == LOCKS_A_RUN


def interrupt(run_id: int) -> None:
    """Say of a run whose lease lapsed that it was interrupted, and of its open lines that they were not reached."""
    run = Run.objects.filter(pk=run_id).first()
    if run is None or run.status in ENDED:
        return
    plan = StoredPlan(run)
    if run.planned_at is None:
        run.lines.all().delete()  # half a plan says nothing
        run.counts = {}
    plan.close_open()
    run.counts = plan.counts(run.counts.get("read", 0))
    run.status = "interrupted"
    run.ended_at = timezone.now()
    run.message = "The program was stopped before the run ended. The next run works from what both sides say now."
    run.save(update_fields=["status", "ended_at", "message", "counts"])


def interrupt_lapsed(institution: Institution | None = None) -> None:
    """Mark every run, of the institution or of all, that still says `running` though its lease has lapsed."""
    held = set(Lock.objects.filter(until__gt=timezone.now()).values_list("run", flat=True))
    going = Run.objects.filter(status="running")
    if institution is not None:
        going = going.filter(institution=institution)
    for run_id in going.values_list("pk", flat=True):
        if run_id not in held:
            interrupt(run_id)


def release(run_id: int) -> None:
    """Give the run's locks back."""
    Lock.objects.filter(run=run_id).delete()


def lock_keys(institution: Institution) -> list[str]:
    """What only one run at a time may hold."""
    return sorted([f"institution:{institution.pk}", f"account:{institution.endpoint}"])


def progress(run: Run, step: str, done: int, total: int | None) -> None:
    """Write how far the run is."""
    Run.objects.filter(pk=run.pk).update(step=step, done=done, total=total)


def ask_to_cancel(run_id: int) -> Run:
    """Ask a running run to end between two requests. Raises WrongSettingsError for one that is not running."""
    interrupt_lapsed()
    asked = Run.objects.filter(pk=run_id, status="running").update(cancel_requested=True)
    run = find(run_id)
    if not asked and run.status in {"held", "succeeded"} and run.planned_at and (run.status == "held" or run.preview):
        run.status, run.message = "cancelled", "A user decided not to apply the plan."
        run.save(update_fields=["status", "message"])
        return run
    if not asked:
        raise WrongSettingsError(f"Run {run_id} is not running: it ended as {run.status}.")
    return run


def cancel_asked(run_id: int) -> bool:
    """Whether somebody asked the run to end."""
    return Run.objects.filter(pk=run_id, cancel_requested=True).exists()


def find(run_id: int) -> Run:
    """The run of that number. Raises WrongSettingsError when there is none."""
    run = Run.objects.select_related("institution").filter(pk=run_id).first()
    if run is None:
        raise WrongSettingsError(f"There is no run {run_id}: `sonisbridge runs list` shows them.")
    return run


def end(run: Run, status: str, *, message: str = "", seconds: float, requests: int) -> None:
    """Write how the run ended; time and requests add to what earlier parts of it took."""
    run.status, run.message, run.ended_at = status, message, timezone.now()
    run.step = ""
    run.save(update_fields=["status", "message", "ended_at", "step", "counts", "warnings", "drift", "hold_reasons",
                            "planned_at", "plan_mark", "preview"])  # fmt: skip
    Run.objects.filter(pk=run.pk).update(seconds=F("seconds") + seconds, requests=F("requests") + requests)
    run.refresh_from_db()


def latest(institution: Institution | None, most: int) -> list[Run]:
    """The newest runs first."""
    rows = Run.objects.select_related("institution").order_by("-pk")
    if institution is not None:
        rows = rows.filter(institution=institution)
    return list(rows[:most])
