"""However many workers there are, what is due starts once and in time, also when the clocks change (rule 9)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.databases import fresh_database
from tests.timed.parts import CHICAGO, at

ROOT = Path(__file__).parents[2]
WORKERS = 3
SCHOOLS, FEW = 200, 40
FORWARD, BACK = "2026-03-08", "2026-11-01"
"""A day of 23 hours in that zone, and one of 25."""


class Worker:
    """One worker, a process of its own."""

    def __init__(self, url: str, home: Path) -> None:
        environment = {**os.environ, "SONISBRIDGE_DATABASE_URL": url, "SONISBRIDGE_HOME": str(home)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.timed.workers"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment,
        )  # fmt: skip

    def ask(self, do: str, **order: Any) -> Any:
        """Its answer to an order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **order}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@contextmanager
def workers(kind: str, folder: Path) -> Iterator[list[Worker]]:
    """Three workers on one database that is set up."""
    home = folder / "home"
    home.mkdir()
    with fresh_database(kind, folder) as url, ExitStack() as stack:
        environment = {**os.environ, "SONISBRIDGE_DATABASE_URL": url, "SONISBRIDGE_HOME": str(home)}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        subprocess.run(
            [sys.executable, "-m", "sonisbridge.cli", "migrate"],
            check=True,
            env=environment,
            capture_output=True,
            cwd=ROOT,
        )
        found = [Worker(url, home) for _ in range(WORKERS)]
        for worker in found:
            stack.callback(worker.close)
        yield found


def let_time_pass(found: list[Worker], first: datetime, last: datetime, minutes: int) -> None:
    """So many minutes at a time, and each time all workers at once."""
    with ThreadPoolExecutor(WORKERS) as pool:
        moment = first
        while moment <= last:
            now = (moment + timedelta(seconds=1)).isoformat()
            list(pool.map(partial(Worker.ask, do="work", now=now), found))
            moment += timedelta(minutes=minutes)


def check_day(
    kind: str, day: str, hours: tuple[int, int], folder: Path, *, schools: int = SCHOOLS, minutes: int = 1
) -> None:
    """Everything that is due in those hours of that day starts once, at the latest a minute after its time.

    Half of the schools are due at the full hour, the others spread over it.
    """
    first, last = at(f"{day} {hours[0]:02}:00"), at(f"{day} {hours[1]:02}:00")
    hourly = [f"{day} {hours[0]:02}:{0 if number % 2 else number * minutes % 60:02}" for number in range(schools)]
    daily = [f"{day} 01:30", f"{day} 02:30", f"{day} 06:00"]
    with workers(kind, folder) as found:
        found[0].ask("set_up", zone=CHICAGO, hourly=hourly, daily=daily)
        let_time_pass(found, first, last, minutes)
        report = found[0].ask("report", after=(first - timedelta(seconds=1)).isoformat(), until=last.isoformat())
    wanted = sorted(map(tuple, report["wanted"]))
    assert len(wanted) >= schools * ((last - first) // timedelta(hours=1))
    assert sorted((schedule, due) for schedule, due, _late, _state in report["found"]) == wanted
    assert {state for _schedule, _due, _late, state in report["found"]} == {"done"}
    assert max(late for _schedule, _due, late, _state in report["found"]) <= 60
    assert report["imports"] == report["exports"] == len(wanted)
    assert len(report["by_worker"]) == WORKERS, "each worker had its share"


@pytest.mark.parametrize(("kind", "day", "hours"), [("sqlite", FORWARD, (1, 4)), ("postgresql", BACK, (1, 2))])
def test_three_workers_start_each_once_around_a_change_of_clocks(
    kind: str, day: str, hours: tuple[int, int], tmp_path: Path
):
    check_day(kind, day, hours, tmp_path, schools=FEW, minutes=15)


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(("kind", "day"), [("sqlite", FORWARD), ("postgresql", BACK)])
def test_three_workers_start_each_once_over_a_whole_day(kind: str, day: str, tmp_path: Path):
    check_day(kind, day, (0, 23), tmp_path)
