"""A run while it goes on: it holds its locks, can be cancelled between requests, says how far it is, and ends in one way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection

from sonisbridge.core.errors import CancelledError, HandedBackError, LostRunError, SonisbridgeError
from sonisbridge.core.outcome import Kind
from sonisbridge.log import lines_of
from sonisbridge.store import runs
from sonisbridge.store.fence import Fence
from sonisbridge.store.models import Run
from sonisbridge.store.plans import StoredPlan
from sonisbridge.store.tallies import Traffic

logger = logging.getLogger("sonisbridge.run")

Report = Callable[[str, int, int | None], None]
"""Is told the step, how many are done, and of how many (None: not known yet)."""

PROBLEMS = (Kind.FAILED, Kind.CONFLICT, Kind.NOT_KEPT)


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Tells nobody."""


def never() -> bool:
    """Never wants the run back."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries a run out: is told how far it is, and may want to stop between two requests and hand it back."""

    report: Report = silent
    stopping: Callable[[], bool] = never


def lease() -> timedelta:
    """How long a run's locks hold on when nobody renews them."""
    return timedelta(seconds=settings.LEASE_SECONDS)


class Running:
    """A run that is going on."""

    def __init__(self, run: Run, carrier: Carrier) -> None:
        self.run = run
        self.plan = StoredPlan(run)
        self.fence = Fence(run)
        self.traffic: Callable[[], Traffic] = Traffic
        self._carrier = carrier
        self._began = time.monotonic()
        self._written = 0.0
        self._heartbeat = Heartbeat(run)

    def check(self) -> None:
        """Raises an error when the run must not send another request: it was lost, cancelled or is handed back."""
        self.fence.check()
        if self._heartbeat.cancelled:
            raise CancelledError("A user cancelled the run.")
        if self._carrier.stopping():
            raise HandedBackError("The worker was stopped in order while the run was going on.")

    def progress(self, step: str, done: int = 0, total: int | None = None) -> None:
        """Tell how far the run is, and stop here when it must."""
        self.check()
        self._carrier.report(step, done, total)
        if time.monotonic() - self._written > 0.5 or done == total:
            self._written = time.monotonic()
            runs.progress(self.run, step, done, total)

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self._began

    def end(self, status: str, message: str = "") -> None:
        """Write how it ended, with its counts."""
        seconds, self._began = time.monotonic() - self._began, time.monotonic()
        runs.end(self.run, status, message=message, seconds=seconds, traffic=self.traffic())
        logger.info("run %s ended: %s", self.run.pk, status)

    def reopen(self) -> None:
        """Take up a plan that was held or previewed."""
        self.plan.reopen()
        self.run.hold_reasons, self.run.message, self.run.preview = [], "", False
        self.run.save(update_fields=["hold_reasons", "message", "preview"])

    def beat(self) -> Heartbeat:
        """The heartbeat that keeps its locks."""
        return self._heartbeat

    def count_up(self) -> None:
        """Put the outcomes together (rule 16)."""
        self.run.counts = self.plan.counts(self.run.counts.get("read", 0))


class Heartbeat(threading.Thread):
    """Renews the run's locks, and notices that a user wants it to end. The fence notices when the locks are lost."""

    def __init__(self, run: Run) -> None:
        super().__init__(name=f"heartbeat of run {run.pk}", daemon=True)
        self.cancelled = False
        self._run = run
        self._over = threading.Event()

    def run(self) -> None:
        """Beat until the run is over or lost; a database that is away is asked again."""
        pause = min(lease().total_seconds() / 4, 5.0)
        due = time.monotonic() + pause
        with lines_of(self._run.pk):
            while not self._over.wait(min(pause, 0.5)):
                try:
                    self.cancelled = self.cancelled or runs.cancel_asked(self._run.pk)
                    if time.monotonic() >= due:
                        due = time.monotonic() + pause
                        if not runs.renew(self._run, lease=lease()):
                            break
                except Exception:
                    logger.exception("the heartbeat of run %s missed a beat", self._run.pk)
                    connection.close()
        connection.close()

    def stop(self) -> None:
        """End the beating and wait for it."""
        self._over.set()
        self.join()


@contextmanager
def running(run: Run, carrier: Carrier) -> Iterator[Running]:
    """A run that was taken up; whatever happens inside, its end is recorded and its locks are free.

    A run that was lost writes nothing any more: who takes it over records its end.
    """
    going = Running(run, carrier)
    going.beat().start()
    try:
        with lines_of(run.pk), going.fence.guarding():
            logger.info("run %s goes on", run.pk)
            try:
                yield going
                with going.fence.last_words():
                    _end_well(going)
                    runs.release(run)
            except BaseException as error:
                close_old_connections()  # one that broke is made anew, so that the end can be recorded
                if not _recorded(going, error):
                    raise
    finally:
        going.beat().stop()
        close_old_connections()


def _end_well(going: Running) -> None:
    if going.run.status != runs.RUNNING:
        return
    counts = going.run.counts
    troubled = any(counts.get(kind) for kind in PROBLEMS)
    going.end("succeeded_with_problems" if troubled else "succeeded")


def _recorded(going: Running, error: BaseException) -> bool:
    """Record what ended the run before its time. True: nobody else needs to hear of it."""
    match error:
        case LostRunError():
            logger.warning("run %s was lost by this worker", going.run.pk)
        case CancelledError():
            _close(going, "cancelled", str(error))
            return True
        case HandedBackError():
            _hand_on(going, str(error), vanished=False)
            return True
        case SonisbridgeError():
            _close(going, "failed", str(error))
        case KeyboardInterrupt():
            _close(going, "cancelled", "The program was asked to stop.")
        case OperationalError() | InterfaceError():
            kind = _kind_of(error)
            logger.error("run %s lost the bridge's own database: %s", going.run.pk, kind)
            _without_database(going)
        case _:
            logger.error("run %s failed", going.run.pk, exc_info=error)
            what = f"An error in sonisbridge itself ended the run ({type(error).__name__})."
            _close(going, "failed", what)
    return False


def _kind_of(error: Exception) -> str:
    """The kind of a database's error and the database's own name for it, without its text."""
    cause = error.__cause__
    name = getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
    return f"{type(error).__name__} {name}" if name else type(error).__name__


def _without_database(going: Running) -> None:
    """Record that the bridge's own database broke off, if it answers again; else the lease lapses and others record it."""
    message = "The bridge's own database stopped answering while the run was going on."
    try:
        if going.run.queued_at is None:
            _close(going, "failed", message)
        else:
            _hand_on(going, message, vanished=True)
    except (DatabaseError, InterfaceError, LostRunError):
        logger.warning("the end of run %s could not be recorded: its lease will lapse", going.run.pk)


def _close(going: Running, status: str, message: str) -> None:
    """End a run before its time and free its locks."""
    with going.fence.last_words():
        _break_off(going, status, message)
        runs.release(going.run)


def _hand_on(going: Running, message: str, *, vanished: bool) -> None:
    """End a run before its time and order another that goes on; its locks pass on."""
    with going.fence.last_words():
        _break_off(going, "interrupted", message)
        runs.hand_on(going.run, vanished=vanished)


def _break_off(going: Running, status: str, message: str) -> None:
    """What was not reached says so."""
    if going.run.planned_at is None:
        going.plan.drop()  # half a plan says nothing
        going.run.counts = {}
    going.plan.flush()
    going.plan.close_open()
    going.count_up()
    going.end(status, message)
