"""A worker whose clock is told to it: a program that reads one order a line on standard input and answers each with a line.

The runs that it takes up are over in no time, so what is measured is who starts what, and when. A hundredth of a second
they do take: meanwhile the others find the database free, as they do beside real runs.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "sonisbridge.settings"
django.setup()

from django.db import connection  # noqa: E402

from sonisbridge.core.schedule import next_due_times  # noqa: E402
from sonisbridge.store import runs, schedules  # noqa: E402
from sonisbridge.store.fence import Fence  # noqa: E402
from sonisbridge.store.models import Run  # noqa: E402
from sonisbridge.store.tallies import Traffic  # noqa: E402
from sonisbridge.store.timed_models import ScheduledStart  # noqa: E402
from sonisbridge.sync import timed  # noqa: E402
from tests.timed.parts import LEASE, a_schedule, an_institution  # noqa: E402


def main() -> None:
    """Obey until standard input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        answer = _ORDERS[order.pop("do")](**order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def set_up(zone: str, hourly: list[str], daily: list[str]) -> dict[str, Any]:
    """An institution with an hourly schedule for each of these starts, and some with a daily one."""
    for number, start in enumerate(hourly):
        a_schedule(an_institution(f"School{number}", zone=zone), "hourly", start)
    for number, start in enumerate(daily):
        a_schedule(an_institution(f"College{number}", zone=zone), "daily", start)
    return {}


def work(now: str) -> int:
    """All that a worker does at that moment, until nothing is left; how many runs it carried out."""
    moment, done = datetime.fromisoformat(now), 0
    while True:
        timed.tick(moment)
        waiting = runs.queued(50)
        done += sum(carry(run_id) for run_id in waiting)
        if not waiting and not schedules.going().exists():
            return done
        if not waiting:
            time.sleep(0.01)  # another worker is at it


def carry(run_id: int) -> bool:
    """Carry a run out in no time, unless another worker was quicker."""
    run = runs.claim(run_id, worker=str(os.getpid()), lease=LEASE)
    if run is None:
        return False
    time.sleep(0.01)
    with Fence(run).last_words():
        runs.end(run, "failed" if run_id % 7 == 0 else "succeeded", seconds=0, traffic=Traffic())
        runs.release(run)
    return True


def report(after: str, until: str) -> dict[str, Any]:
    """Every start that there was, and every one that there should have been."""
    first, last = datetime.fromisoformat(after), datetime.fromisoformat(until)
    wanted = [
        [row.pk, due.isoformat()]
        for row in schedules.all_of(None)
        for due in next_due_times(schedules.schedule_of(row), first, 100)
        if due <= last
    ]
    found = [
        [start.schedule_id, start.due.isoformat(), (start.started_at - start.due).total_seconds(), start.state]
        for start in ScheduledStart.objects.all()
    ]
    kinds = list(Run.objects.values_list("kind", flat=True))
    by_worker = {
        name: Run.objects.filter(worker=name).count() for name in set(Run.objects.values_list("worker", flat=True))
    }
    return {"wanted": wanted, "found": found, "imports": kinds.count("inbound"), "exports": kinds.count("outbound"),
            "by_worker": by_worker, "engine": connection.vendor}  # fmt: skip


_ORDERS: dict[str, Callable[..., Any]] = {"set_up": set_up, "work": work, "report": report}

if __name__ == "__main__":
    main()
