"""Workers as programs of their own, which a test can kill, pause and replace, and both sides of an institution."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.fernet import Fernet

from sonisbridge.store.runs import ENDED
from tests.flows.desk import Desk
from tests.flows.pair import WORLD
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

LEASE_SECONDS = 1.5
PATIENCE = 90.0
SCALE = 40.0


def wait_for(reached: Callable[[], Any], what: str, within: float = PATIENCE) -> Any:
    """What it gives, once that is something."""
    until = time.monotonic() + within
    while not (found := reached()):
        assert time.monotonic() < until, f"it never came to that: {what}"
        time.sleep(0.02)
    return found


class Fleet:
    """Several workers over one database of the bridge, and a desk where runs are ordered."""

    def __init__(self, home: Path, database_url: str, workers: int, **settings: str) -> None:
        home.mkdir()
        self._log = home / "workers.log"
        self._size = workers
        self.environment = {
            **os.environ,
            "SONISBRIDGE_HOME": str(home),
            "SONISBRIDGE_DATABASE_URL": database_url,
            "SONISBRIDGE_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": str(SCALE),
            "SONISBRIDGE_LEASE_SECONDS": str(LEASE_SECONDS),
            **settings,
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.desk = Desk(self.environment)
        self.desk.runs()  # the database is set up now
        self.workers: dict[int, subprocess.Popen[bytes]] = {}
        self.paused: list[int] = []
        self.refill()

    def refill(self) -> None:
        """Start as many workers as are missing."""
        for pid, program in list(self.workers.items()):
            if program.poll() is not None:
                del self.workers[pid]
        for _ in range(self._size - len(self.workers) + len(self.paused)):
            with self._log.open("ab") as log:
                program = subprocess.Popen(
                    [sys.executable, "-m", "sonisbridge.cli", "--verbose", "worker"],
                    env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                )  # fmt: skip
            self.workers[program.pid] = program

    def kill(self, pid: int) -> None:
        """End a worker as a power cut would."""
        self.workers[pid].kill()
        self.workers[pid].wait()
        self.refill()

    def pause(self, pid: int) -> None:
        """Stop a worker for a while, as a machine does that sleeps."""
        os.kill(pid, signal.SIGSTOP)
        self.paused.append(pid)
        self.refill()

    def wake(self) -> None:
        """Let the paused workers go on, and take them out of the fleet a moment later."""
        for pid in self.paused:
            os.kill(pid, signal.SIGCONT)

    def retire_woken(self) -> None:
        """End the workers that were paused."""
        for pid in self.paused:
            self.workers[pid].kill()
            self.workers[pid].wait()
            del self.workers[pid]
        self.paused = []

    def log(self) -> str:
        """What the workers logged."""
        return self._log.read_text()

    def close(self) -> None:
        """End everything."""
        for program in self.workers.values():
            program.kill()
            program.wait()
        self.desk.close()


class Household:
    """One institution in a fleet: its school, its account, and the runs that were ordered for it."""

    def __init__(self, fleet: Fleet, folder: Path, account: SandboxProgram, name: str = "Test") -> None:
        self.fleet = fleet
        self.account = account
        path = folder / f"{name}.sqlite3"
        path.touch()
        self.school = School(f"sqlite:///{path}")
        account.reset()
        account.put_world(WORLD)
        account.clear_log()
        self.institution = fleet.desk.ask(
            "connect", name=name, sonis_url=self.school.url, endpoint=account.url, token=account.token
        )

    def order(self, kind: str, **more: Any) -> int:
        """Order a run; its number."""
        number: int = self.fleet.desk.ask("order", institution=self.institution, kind=kind, **more)
        return number

    def last(self, run: int) -> SimpleNamespace:
        """The newest run that goes on from that one, or that one itself."""
        found = {row.id: row for row in self.fleet.desk.runs(run - 1)}
        newest = found[run]
        for row in found.values():
            if row.follows == newest.id:
                newest = row
        return newest

    def ended(self, run: int) -> SimpleNamespace:
        """The record of the run, or of the last one that goes on from it, once it ended and nothing follows it."""

        def over() -> SimpleNamespace | None:
            newest = self.last(run)
            return newest if newest.status in ENDED else None

        found: SimpleNamespace = wait_for(over, f"the end of run {run}")
        return found

    def done(self, kind: str, **more: Any) -> SimpleNamespace:
        """Order a run and give its record, ended."""
        return self.ended(self.order(kind, **more))

    def worker_of(self, run: int) -> int | None:
        """The process that carries the run out, or the last one that goes on from it."""
        newest = self.last(run)
        return int(newest.worker.rpartition(":")[2]) if newest.status == "running" else None

    def close(self) -> None:
        """Close the connections."""
        self.school.close()
