"""A run while it goes on: it holds its locks, can be cancelled between requests, says how far it is, and ends in one way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.conf import settings
from django.db import close_old_connections, connection

from sonisbridge.core.errors import CancelledError, SonisbridgeError, StopRunError
from sonisbridge.core.outcome import Kind
from sonisbridge.store import runs
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.plans import StoredPlan

logger = logging.getLogger("sonisbridge.run")

Report = Callable[[str, int, int | None], None]
"""Is told the step, how many are done, and of how many (None: not known yet)."""

PROBLEMS = (Kind.FAILED, Kind.CONFLICT, Kind.NOT_KEPT)


def silent(_step: str, _done: int, _total: int | None) -> None:
    """Tells nobody."""


class Running:
    """A run that is going on."""

    def __init__(self, run: Run, report: Report) -> None:
        self.run = run
        self.plan = StoredPlan(run)
        self.count_requests: Callable[[], int] = lambda: 0
        self._report = report
        self._began = time.monotonic()
        self._written = 0.0
        self._heartbeat = Heartbeat(run.pk, timedelta(seconds=settings.LEASE_SECONDS))

    def check(self) -> None:
        """Raises CancelledError or StopRunError when the run must not send another request."""
        if self._heartbeat.lost:
            raise StopRunError(
                f"Run {self.run.pk} was away for too long and another run took its place: it stops here. "
                "Nothing is lost; the other run works from what both sides say."
            )
        if self._heartbeat.cancelled:
            raise CancelledError("A user cancelled the run.")

    def progress(self, step: str, done: int = 0, total: int | None = None) -> None:
        """Tell how far the run is, and stop here when it must."""
        self.check()
        self._report(step, done, total)
        if time.monotonic() - self._written > 0.5 or done == total:
            self._written = time.monotonic()
            runs.progress(self.run, step, done, total)

    def end(self, status: str, message: str = "") -> None:
        """Write how it ended, with its counts."""
        seconds, self._began = time.monotonic() - self._began, time.monotonic()
        runs.end(self.run, status, message=message, seconds=seconds, requests=self.count_requests())
        logger.info("run %s ended: %s", self.run.pk, status)

    def reopen(self) -> None:
        """Take up a plan that was held or previewed."""
        self.plan.reopen()
        self.run.hold_reasons, self.run.message = [], ""
        self.run.save(update_fields=["hold_reasons", "message", "started_by"])

    def beat(self) -> Heartbeat:
        """The heartbeat that keeps its locks."""
        return self._heartbeat

    def count_up(self) -> None:
        """Put the outcomes together (rule 16)."""
        self.run.counts = self.plan.counts(self.run.counts.get("read", 0))


class Heartbeat(threading.Thread):
    """Renews the run's locks, and notices that a user wants it to end."""

    def __init__(self, run_id: int, lease: timedelta) -> None:
        super().__init__(name=f"heartbeat of run {run_id}", daemon=True)
        self.lost = False
        self.cancelled = False
        self._run_id = run_id
        self._lease = lease
        self._over = threading.Event()

    def run(self) -> None:
        """Beat until the run is over."""
        pause = min(self._lease.total_seconds() / 4, 5.0)
        sooner = min(pause, 0.5)
        due = time.monotonic() + pause
        try:
            while not self._over.wait(sooner):
                self.cancelled = self.cancelled or runs.cancel_asked(self._run_id)
                if time.monotonic() >= due:
                    due = time.monotonic() + pause
                    self.lost = self.lost or not runs.renew(self._run_id, lease=self._lease)
        except Exception:
            logger.exception("the heartbeat of run %s stopped", self._run_id)
            self.lost = True
        finally:
            connection.close()

    def stop(self) -> None:
        """End the beating and wait for it."""
        self._over.set()
        self.join()


@contextmanager
def running(institution: Institution, start: runs.Start | Run, report: Report) -> Iterator[Running]:
    """A new run, or one that waited for a user; whatever happens inside, its end is recorded and its locks are free."""
    lease = timedelta(seconds=settings.LEASE_SECONDS)
    runs.interrupt_lapsed(institution)
    if isinstance(start, Run):
        runs.resume(start, lease=lease)
        going = Running(start, report)
    else:
        going = Running(runs.begin(institution, start, lease=lease), report)
    going.beat().start()
    try:
        yield going
        _end_well(going)
    except CancelledError as error:
        _close(going, "cancelled", str(error))
    except SonisbridgeError as error:
        _close(going, "failed", str(error))
        raise
    except KeyboardInterrupt:
        _close(going, "cancelled", "The program was asked to stop.")
        raise
    except Exception as error:
        logger.exception("run %s failed", going.run.pk)
        _close(
            going,
            "failed",
            f"An error in sonisbridge itself ended the run ({type(error).__name__}).",
        )
        raise
    finally:
        going.beat().stop()
        runs.release(going.run.pk)
        close_old_connections()


def _end_well(going: Running) -> None:
    if going.run.status != "running":
        return
    counts = going.run.counts
    troubled = any(counts.get(kind) for kind in PROBLEMS)
    going.end("succeeded_with_problems" if troubled else "succeeded")


def _close(going: Running, status: str, message: str) -> None:
    """End a run before its time: what was not reached says so."""
    going.plan.flush()
    if going.run.planned_at is None:
        going.run.lines.all().delete()  # half a plan says nothing
        going.run.counts = {}
    going.plan.close_open()
    going.count_up()
    going.end(status, message)
