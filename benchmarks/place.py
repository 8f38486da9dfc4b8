"""Where a benchmark happens: a sample school, the look-alike with its limits on, and `sonisbridge` as a program of its own.

Time can be let pass without waiting: the look-alike's clock goes forward, and the programs that start afterwards see the
same time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from . import postgresql
from .machine import LEFT_OUT

Json = Any
FINE = {0, 1}
"""Exit statuses of a run that was carried out; 1 is the one of the conflicts that the sample plants."""
AT_ONCE = 1000
A_MINUTE = 60
WHOLE_DAYS, NO_LINKS = "updated_after_honours_time=off", "bulk_links_account=off"
"""Switches of the look-alike that make a difference to the floor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is measured on what."""

    people: int
    database: str = "sqlite"
    time_scale: float = 1.0
    server: str = postgresql.SERVER
    """Where a PostgreSQL database for the bridge's own state can be made."""
    switches: tuple[str, ...] = ()
    """How the account differs from what is thought likely, as NAME=VALUE of the look-alike's switches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A command that has ended: what it said, and what it took of this machine."""

    document: Json
    seconds: float  # real ones
    cpu_seconds: float
    peak_mb: int
    log: str


class LookAlike:
    """A running sandbox with an account of its own."""

    def __init__(self, time_scale: float, *options: str) -> None:
        self._time_scale = time_scale
        command = [
            sys.executable,
            "-m",
            "sonisbridge.sandbox",
            "--port",
            "0",
            "--time-scale",
            str(time_scale),
            *options,
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline() or "{}")
        if not ready:
            raise SystemExit("The look-alike did not start.")
        self.url, self.token = str(ready["url"]), str(ready["token"])
        self._control = httpx2.Client(base_url=f"{self.url}/_sandbox", timeout=600, trust_env=False)
        self.api = httpx2.Client(
            base_url=f"{self.url}/api/3", headers={"Api-Token": self.token}, timeout=60, trust_env=False
        )

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._control.close()
        self.api.close()

    def control(self, method: str, path: str, body: object = None) -> Json:
        """Ask it about itself, or change it."""
        reply = self._control.request(method, path, json=body)
        reply.raise_for_status()
        return reply.json()

    def contacts(self) -> Iterator[Json]:
        """Every contact with all that hangs on it, a part at a time."""
        after = 0
        while part := self.control("GET", f"/contacts?after={after}&limit={AT_ONCE}")["contacts"]:
            yield from part
            after = part[-1]["id"]

    def requests(self) -> Iterator[Json]:
        """The API requests since the log was emptied, in order."""
        after = 0
        while part := self.control("GET", f"/log?after={after}&limit={AT_ONCE}")["log"]:
            yield from part
            after = part[-1]["number"]

    def fields(self) -> list[Json]:
        """The account's custom fields with their options, by the API; returns when its limits have forgotten that."""
        reply = self.api.get("/fields", params={"limit": 100}).raise_for_status().json()
        options = reply.get("fieldOptions", [])
        time.sleep(1.1 / self._time_scale)
        return [
            {**row, "choices": [one["value"] for one in options if str(one["field"]) == str(row["id"])]}
            for row in reply["fields"]
        ]


@dataclass(slots=True, kw_only=True)
class Place:
    """One size, ready to be measured."""

    size: Size
    folder: Path
    account: LookAlike
    state: str
    """The address of the bridge's own database, "" for SQLite in its folder."""
    later: float = 0.0
    """How many seconds have been let pass."""
    environment: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)},
            "SONISBRIDGE_HOME": str(self.folder / "home"),
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": str(self.size.time_scale),
            "SONISBRIDGE_DATABASE_URL": self.state,
            "TOKEN": self.account.token,
        }

    @property
    def school(self) -> Path:
        """The file of the sample school."""
        return self.folder / "sonis.sqlite3"

    def run(self, *command: str) -> Finished:
        """Run a command of `sonisbridge` to its end."""
        shifted = ["-m", "benchmarks.later", str(self.later)] if self.later else ["-m", "sonisbridge.cli"]
        began = time.monotonic()
        with (self.folder / "out").open("w+") as out, (self.folder / "log").open("w+") as log:
            program = subprocess.Popen(
                [sys.executable, *shifted, "--verbose", *command],
                stdout=out, stderr=log, env=self.environment, text=True,
            )  # fmt: skip
            _pid, status, usage = os.wait4(program.pid, 0)
            seconds = time.monotonic() - began
            program.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            log.seek(0)
            text, lines = out.read(), log.read()
        if program.returncode not in FINE:
            raise SystemExit(f"{' '.join(command)} ended with status {program.returncode}: {lines[-800:]}")
        return Finished(
            document=json.loads(text) if text.startswith(("{", "[")) else {},
            seconds=seconds,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            peak_mb=usage.ru_maxrss // 1024,
            log=lines,
        )

    def let_pass(self, seconds: float) -> None:
        """So much time goes by on both sides."""
        self.account.control("POST", "/clock", {"advance_seconds": seconds})
        self.later += seconds
        if self.state and seconds >= A_MINUTE:
            postgresql.tidied(self.state)

    def change_people(self, percent: float, seed: int) -> int:
        """That share of the exported people who have a good address move to another town; how many they are."""
        module = "sonisbridge.sandbox.sample_edits"
        address = f"sqlite:///{self.school}"
        command = [
            sys.executable,
            "-m",
            module,
            address,
            "--change-percent",
            str(percent),
            "--seed",
            str(seed),
            "--json",
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return int(json.loads(done.stdout)["changed"])


@contextmanager
def prepared(size: Size) -> Iterator[Place]:
    """A school of that size and the look-alike, connected and mapped."""
    with tempfile.TemporaryDirectory(prefix="sonisbridge-bench-") as name, _state(size) as state:
        folder = Path(name)
        world = _made_school(folder, size.people)
        switches = [text for one in ("history=off", *size.switches) for text in ("--switch", one)]
        account = LookAlike(size.time_scale, "--world", str(world), *switches)
        with closing(account):
            place = Place(size=size, folder=folder, account=account, state=state)
            place.run("migrate")
            place.run(
                "institution", "add", "Bench", "--sonis", f"sqlite:///{place.school}",
                "--endpoint", account.url, "--token-env", "TOKEN",
            )  # fmt: skip
            place.run("institution", "set", "Bench", "reserve=0")
            place.run("fields", "create", "--yes")
            place.run("mapping", "suggest", "--apply")
            yield place


def _made_school(folder: Path, people: int) -> Path:
    """The school, and the file of an account that has contacts and a field of its own."""
    world = folder / "world.json"
    contacts = str(min(200, people // 5))
    command = [
        sys.executable, "-m", "sonisbridge.sandbox.sample_school", f"sqlite:///{folder}/sonis.sqlite3",
        "--people", str(people), "--seed", "1", "--world", str(world), "--contacts", contacts,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    document = json.loads(world.read_text(encoding="utf-8"))
    document["fields"] = [{"title": "Shoe size", "type": "text"}]
    for number, contact in enumerate(document["contacts"]):
        contact["fields"] = {"Shoe size": str(35 + number % 12)}
    world.write_text(json.dumps(document), encoding="utf-8")
    return world


def _state(size: Size) -> AbstractContextManager[str]:
    """The address of an empty database for the bridge's own state."""
    return nullcontext("") if size.database == "sqlite" else postgresql.fresh(size.server)
