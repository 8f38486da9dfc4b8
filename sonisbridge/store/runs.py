"""Run records, and the lease that lets only one run at a time into an institution and an account (rules 8.1, 8.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError

from . import institutions, notices, queue
from .audit import record
from .fence import LOCKS_A_RUN
from .models import Institution, Lock, Run
from .plans import StoredPlan, copy_open_lines
from .tallies import Traffic, count_run

OUTBOUND, INBOUND = "outbound", "inbound"
QUEUED, RUNNING = "queued", "running"
ENDED = ("succeeded", "succeeded_with_problems", "failed", "cancelled", "interrupted", "held")
MOST_ATTEMPTS = 10
"""So many workers in a row may vanish over one order before it waits for a user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What a run is started with."""

    kind: str
    started_by: str
    preview: bool = False
    approved: bool = False
    reconcile: bool = False
    filters: dict[str, Any] | None = None


# Taking up


def begin(institution: Institution, start: Start, *, lease: timedelta) -> Run:
    """A new run that holds the locks and goes on at once.

    Raises StopRunError when another one waits or goes on, WrongSettingsError while a side is not connected.
    """
    interrupt_lapsed()
    with transaction.atomic():
        run = _new_run(institution, start)
        run.status, run.fence = RUNNING, 1
        run.save()
        _note_start(run)
        take_locks(run, until=timezone.now() + lease)
    return run


def resume(run: Run, *, by: str, lease: timedelta) -> None:
    """Take a run whose plan waits back to work, at once. Raises as `begin` does."""
    interrupt_lapsed()
    with transaction.atomic():
        run.fence += 1
        take_locks(run, until=timezone.now() + lease)
        _back_to_work(run, RUNNING, by)


def order(institution: Institution, start: Start) -> Run:
    """A new run that waits for a worker. Raises as `begin` does."""
    interrupt_lapsed()
    with transaction.atomic():
        run = _new_run(institution, start)
        run.status, run.queued_at = QUEUED, run.started_at
        run.save()
        _note_start(run)
        take_locks(run, until=run.started_at)
        queue.announce(run.pk)
    return run


def order_again(run: Run, *, by: str) -> None:
    """Let a run whose plan waits to be applied wait for a worker. Raises as `order` does."""
    interrupt_lapsed()
    with transaction.atomic():
        take_locks(run, until=timezone.now())
        _back_to_work(run, QUEUED, by)
        queue.announce(run.pk)


def claim(run_id: int, *, worker: str, lease: timedelta) -> Run | None:
    """The queued run, taken up by this worker alone; None when it is not queued any more."""
    now = timezone.now()
    run = Run.objects.select_related("institution").filter(pk=run_id, status=QUEUED).first()
    if run is None:
        return None
    run.status, run.worker = RUNNING, worker
    run.fence += 1
    run.started_at = run.started_at if run.applying else now
    try:
        with transaction.atomic():
            Lock.objects.filter(run=run_id).exclude(key__in=lock_keys(run.institution)).delete()
            take_locks(run, until=now + lease)
            claimed = Run.objects.filter(pk=run_id, status=QUEUED).update(
                status=RUNNING, worker=worker, fence=run.fence, started_at=run.started_at
            )
            if not claimed:
                transaction.set_rollback(True)
    except StopRunError:
        return None  # the institution moved to an account where a run goes on: this one waits on
    return run if claimed else None


def queued(most: int) -> list[int]:
    """The runs that wait for a worker, oldest order first."""
    return list(Run.objects.filter(status=QUEUED).order_by("queued_at", "pk").values_list("pk", flat=True)[:most])


def going_on() -> int | None:
    """The number of a run that goes on, None when there is none."""
    return Run.objects.filter(status=RUNNING).values_list("pk", flat=True).first()


def _new_run(institution: Institution, start: Start) -> Run:
    """The record of a run. Raises WrongSettingsError while a side is not connected."""
    institutions.refuse_unconnected(institution)
    return Run(
        institution=institution,
        kind=start.kind,
        preview=start.preview,
        approved=start.approved,
        reconcile=start.reconcile,
        started_by=start.started_by,
        filters=start.filters or {},
        started_at=timezone.now(),
    )


def _back_to_work(run: Run, status: str, by: str) -> None:
    waited_as, queued = run.status, status == QUEUED
    run.status, run.started_by, run.applying = status, by, True
    run.ended_at, run.cancel_requested = None, False
    run.queued_at = timezone.now() if queued else None
    run.preview = run.preview and queued
    changed = Run.objects.filter(pk=run.pk, status=waited_as).update(
        status=run.status, started_by=by, applying=True, ended_at=None, cancel_requested=False,
        queued_at=run.queued_at, preview=run.preview, fence=run.fence,
    )  # fmt: skip
    if not changed:
        raise StopRunError(f"Somebody was quicker with run {run.pk}: look at it with `sonisbridge runs show {run.pk}`.")
    record(run.institution, by, "plan applied", after={"run": run.pk})


def _note_start(run: Run) -> None:
    """Write into the audit log who started what; filters name people by SONIS ID alone."""
    what = "reconcile" if run.reconcile else {OUTBOUND: "export", INBOUND: "import"}[run.kind]
    after: dict[str, Any] = {"run": run.pk}
    if run.filters:
        after["filters"] = run.filters
    if run.approved:
        after["approved"] = True
    preview = run.preview and not run.reconcile
    record(run.institution, run.started_by, f"{what} {'preview ' if preview else ''}started", after=after)


# Locks


def take_locks(run: Run, *, until: Any) -> None:
    """Take the institution's and the account's lock for the run; a lapsed lease is free, its run was interrupted."""
    now = timezone.now()
    for key in lock_keys(run.institution):
        row, made = Lock.objects.select_for_update().get_or_create(
            key=key, defaults={"run": run.pk, "fence": run.fence, "until": until}
        )
        if made or row.run == run.pk:
            Lock.objects.filter(key=key).update(fence=run.fence, until=until)
            continue
        _refuse_while_held(row)
        interrupt(row.run)
        Lock.objects.filter(key=key).update(run=run.pk, fence=run.fence, until=until)
        Lock.objects.filter(run=row.run, until__lte=now).delete()


def _refuse_while_held(row: Lock) -> None:
    if Run.objects.filter(pk=row.run, status=QUEUED).exists():
        raise StopRunError(
            f"Run {row.run} waits for a worker, for this institution or its account: let it have its turn, or cancel it "
            f"with `sonisbridge runs cancel {row.run}`. When no worker is up, start one with `sonisbridge worker`."
        )
    wait = (row.until - timezone.now()).total_seconds()
    if wait > 0:
        raise StopRunError(
            f"Run {row.run} is going on for this institution or its account: wait for it, or cancel it with "
            f"`sonisbridge runs cancel {row.run}`. If it was killed, its lock is free in {wait:.0f} s."
        )


def renew(run: Run, *, lease: timedelta) -> bool:
    """Keep the run's locks for another while. False: they were taken over, and the run must stop writing."""
    with transaction.atomic():
        now = timezone.now()
        mine = Lock.objects.filter(run=run.pk, fence=run.fence, until__gt=now)
        list(
            mine.select_for_update().order_by("key")
        )  # in the order in which everybody takes them: none waits for the other
        return mine.update(until=now + lease) == LOCKS_A_RUN


def release(run: Run) -> None:
    """Give the run's locks back."""
    Lock.objects.filter(run=run.pk, fence=run.fence).delete()


def lock_keys(institution: Institution) -> list[str]:
    """What only one run at a time may hold."""
    return sorted([f"institution:{institution.pk}", f"account:{institution.endpoint}"])


# Taking over


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
    run.status, run.step = "interrupted", ""
    run.ended_at = timezone.now()
    run.message = "The program was stopped before the run ended. The next run works from what both sides say now."
    run.save(update_fields=["status", "ended_at", "message", "counts", "step"])
    count_run(run, Traffic())
    notices.note_end(run)


def take_over(run_id: int) -> Run | None:
    """End a run whose lease has lapsed as interrupted; what a worker was brought is ordered again. The new run, or None."""
    with transaction.atomic():
        locks = Lock.objects.select_for_update().filter(run=run_id).order_by("key")
        if any(lock.until > timezone.now() for lock in locks):
            return None
        run = Run.objects.select_for_update().filter(pk=run_id, status=RUNNING).first()
        if run is None:
            return None
        interrupt(run_id)
        return hand_on(find(run_id), vanished=True)


def hand_on(run: Run, *, vanished: bool = False) -> Run | None:
    """Order again what an interrupted run was asked to do, in the transaction that ends it; its locks pass on.

    None, and the locks are free, when the command line carried the run out itself or too many workers vanished over it.
    """
    if run.queued_at is None or run.cancel_requested or run.attempt >= MOST_ATTEMPTS:
        Lock.objects.filter(run=run.pk).delete()
        if run.attempt >= MOST_ATTEMPTS:
            _say_more(run, f"That happened {run.attempt} times in a row: start it again once you know why.")
        return None
    now = timezone.now()
    follower = Run(
        institution=run.institution, kind=run.kind, preview=run.preview, approved=run.approved, reconcile=run.reconcile,
        started_by=run.started_by, filters=run.filters, started_at=now, queued_at=now, status=QUEUED, follows=run.pk,
        attempt=run.attempt + vanished,
    )  # fmt: skip
    Lock.objects.filter(run=run.pk).delete()
    try:
        with transaction.atomic():
            follower.save()
            take_locks(follower, until=now)
    except StopRunError:
        return None  # another run was quicker, and works from what is true
    if run.applying:
        _apply_the_rest(run, follower)
    _say_more(run, f"Run {follower.pk} goes on.")
    queue.announce(follower.pk)
    return follower


def _apply_the_rest(run: Run, follower: Run) -> None:
    """What was shown is what is applied: the follower gets the lines of which nobody knows that they were sent."""
    many = copy_open_lines(run, follower)
    follower.applying, follower.counts = True, {"read": many}
    follower.planned_at, follower.plan_mark = run.planned_at, run.plan_mark
    follower.save(update_fields=["applying", "counts", "planned_at", "plan_mark"])


def _say_more(run: Run, text: str) -> None:
    run.message = f"{run.message} {text}"
    run.save(update_fields=["message"])


def interrupt_lapsed(institution: Institution | None = None) -> None:
    """Take over every run, of the institution or of all, that still says `running` though its lease has lapsed."""
    going = Run.objects.filter(status=RUNNING)
    if institution is not None:
        going = going.filter(institution=institution)
    ids = list(going.values_list("pk", flat=True))
    held = set(Lock.objects.filter(run__in=ids, until__gt=timezone.now()).values_list("run", flat=True))
    for run_id in ids:
        if run_id not in held:
            take_over(run_id)


# Telling, cancelling, ending


def progress(run: Run, step: str, done: int, total: int | None) -> None:
    """Write how far the run is, and when it began with this step."""
    if run.step != step or run.step_began_at is None:
        run.step, run.step_began_at = step, timezone.now()
    Run.objects.filter(pk=run.pk).update(step=step, step_began_at=run.step_began_at, done=done, total=total)


def ask_to_cancel(run_id: int, *, by: str) -> Run:
    """Ask a running run to end between two requests; a queued one ends at once. Raises WrongSettingsError for another."""
    run = _cancelled(run_id)
    record(run.institution, by, "run cancelled", after={"run": run.pk})
    return run


def _cancelled(run_id: int) -> Run:
    interrupt_lapsed()
    if _cancel_queued(run_id):
        return find(run_id)
    asked = Run.objects.filter(pk=run_id, status=RUNNING).update(cancel_requested=True)
    run = find(run_id)
    waits = run.status == "held" or (run.preview and run.status in {"succeeded", "succeeded_with_problems"})
    if not asked and waits and run.planned_at:
        run.status, run.message = "cancelled", "A user decided not to apply the plan."
        run.save(update_fields=["status", "message"])
        return run
    if not asked:
        raise WrongSettingsError(f"Run {run_id} is not running: it ended as {run.status}.")
    return run


def _cancel_queued(run_id: int) -> bool:
    with transaction.atomic():
        list(Lock.objects.select_for_update().filter(run=run_id).order_by("key"))
        ended = Run.objects.filter(pk=run_id, status=QUEUED).update(
            status="cancelled", ended_at=timezone.now(), message="A user cancelled the run before a worker took it up."
        )
        if ended:
            Lock.objects.filter(run=run_id).delete()
    return bool(ended)


def cancel_asked(run_id: int) -> bool:
    """Whether somebody asked the run to end."""
    return Run.objects.filter(pk=run_id, cancel_requested=True).exists()


def find(run_id: int) -> Run:
    """The run of that number. Raises WrongSettingsError when there is none."""
    run = Run.objects.select_related("institution").filter(pk=run_id).first()
    if run is None:
        raise WrongSettingsError(f"There is no run {run_id}: `sonisbridge runs list` shows them.")
    return run


def end(run: Run, status: str, *, message: str = "", seconds: float, traffic: Traffic) -> None:
    """Write how the run ended; time and requests add to what earlier parts of it took."""
    run.status, run.message, run.ended_at = status, message, timezone.now()
    run.step = ""
    with transaction.atomic():
        run.save(update_fields=["status", "message", "ended_at", "step", "counts", "warnings", "drift", "hold_reasons",
                                "planned_at", "plan_mark", "preview"])  # fmt: skip
        Run.objects.filter(pk=run.pk).update(seconds=F("seconds") + seconds, requests=F("requests") + traffic.requests)
        run.refresh_from_db()
        count_run(run, traffic)
        notices.note_end(run)


def follower(run: Run) -> Run | None:
    """The run that goes on from this one, which was interrupted; None when there is none."""
    if run.status != "interrupted":
        return None
    return Run.objects.filter(institution=run.institution_id, pk__gt=run.pk, follows=run.pk).first()


def end_of(run: Run) -> Run | None:
    """The run that the work ended with: this one, or the one that went on from it. None while it goes on."""
    while run.status in ENDED:
        following = follower(run)
        if following is None:
            return run
        run = following
    return None


def latest(institution: Institution | None, most: int) -> list[Run]:
    """The newest runs first."""
    rows = Run.objects.select_related("institution").order_by("-pk")
    if institution is not None:
        rows = rows.filter(institution=institution)
    return list(rows[:most])
