"""How fast an export is, against the floor that ActiveCampaign's limits set (rule 15). `make bench` runs it.

Everything is real: a sample school in SQLite, the look-alike with its limits on, `sonisbridge` as a program of its own.
The clock of the limits may be scaled (both sides alike); the ratio to the floor stays.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

SCENARIOS = ("first export", "unchanged", "1 % changed")
PER_SECOND, BULK_PER_MINUTE = 5, 100


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One scenario at one size. Seconds are the service's: real seconds times the scale of the clock."""

    people: int
    scenario: str
    seconds: float
    floor: float
    ratio: float
    requests: int
    written: int
    requests_per_contact: float
    planned_per_second: int
    peak_mb: int
    throttled: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one size is measured."""

    folder: Path
    scale: float
    url: str
    token: str

    def environment(self) -> dict[str, str]:
        """For `sonisbridge`: a home of its own, the scaled clock, nothing left to others."""
        return {
            **os.environ,
            "SONISBRIDGE_HOME": str(self.folder / "home"),
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": str(self.scale),
            "TOKEN": self.token,
        }

    def run(self, *command: str) -> tuple[dict[str, object], float, int, str]:
        """Runs a command; its JSON, its real seconds, its peak memory in MB and its log."""
        began = time.monotonic()
        with (self.folder / "out").open("w+") as out, (self.folder / "log").open("w+") as log:
            program = subprocess.Popen(
                [sys.executable, "-m", "sonisbridge.cli", "--verbose", *command],
                stdout=out, stderr=log, env=self.environment(), text=True,
            )  # fmt: skip
            _pid, status, usage = os.wait4(program.pid, 0)
            out.seek(0)
            log.seek(0)
            text, lines = out.read(), log.read()
        seconds = time.monotonic() - began
        if os.waitstatus_to_exitcode(status) not in {0, 1}:
            raise SystemExit(f"{' '.join(command)} failed: {lines[-500:]}")
        return (
            json.loads(text) if text.startswith("{") else {},
            seconds,
            usage.ru_maxrss // 1024,
            lines,
        )

    def control(self, method: str, path: str, body: object = None) -> object:
        """Ask the look-alike about itself."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sandbox/{path}", method=method, data=data)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@contextmanager
def connected(people: int, scale: float) -> Iterator[Place]:
    """A school of that size and the look-alike, connected and mapped."""
    with tempfile.TemporaryDirectory(prefix="sonisbridge-bench-") as name:
        folder = Path(name)
        school = f"sqlite:///{folder}/sonis.sqlite3"
        make = [
            sys.executable,
            "-m",
            "sonisbridge.sandbox.sample_school",
            school,
            "--people",
            str(people),
            "--seed",
            "1",
        ]
        subprocess.run(make, check=True, capture_output=True)
        command = [
            sys.executable,
            "-m",
            "sonisbridge.sandbox",
            "--port",
            "0",
            "--time-scale",
            str(scale),
        ]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert sandbox.stdout is not None
            ready = json.loads(sandbox.stdout.readline())
            place = Place(folder=folder, scale=scale, url=ready["url"], token=ready["token"])
            add = [
                "institution",
                "add",
                "Bench",
                "--sonis",
                school,
                "--endpoint",
                place.url,
                "--token-env",
                "TOKEN",
            ]
            place.run(*add)
            place.run("institution", "set", "Bench", "reserve=0")
            place.run("fields", "create", "--yes")
            place.run("mapping", "suggest", "--apply")
            yield place
        finally:
            sandbox.kill()
            sandbox.wait()


def measure(place: Place, people: int, scenario: str) -> Measured:
    """Run one scenario and count what it took."""
    if scenario == "1 % changed":
        edit = [
            sys.executable,
            "-m",
            "sonisbridge.sandbox.sample_edits",
            f"sqlite:///{place.folder}/sonis.sqlite3",
        ]
        subprocess.run([*edit, "--change-percent", "1", "--seed", "2"], check=True, capture_output=True)
    if scenario != "first export":
        place.control("POST", "clock", {"advance_seconds": 600})
    place.control("DELETE", "log")
    document, seconds, peak, log = place.run("export", "--yes", "--json")
    entries = place.control("GET", "log")
    assert isinstance(entries, dict | list)
    listed = entries["log"] if isinstance(entries, dict) else entries
    counts = document["counts"]
    assert isinstance(counts, dict)
    written = counts["created"] + counts["updated"]
    planned = re.search(r"planned (\d+) people in ([\d.]+) s", log)
    speed = int(planned[1]) / max(float(planned[2]), 0.001) if planned else 0
    floor = _floor(listed, written)
    return Measured(
        people=people, scenario=scenario, seconds=round(seconds * place.scale, 1), floor=round(floor, 1),
        ratio=round(seconds * place.scale / floor, 2), requests=len(listed), written=written,
        requests_per_contact=round(len(listed) / written, 4) if written else 0.0,
        planned_per_second=int(speed), peak_mb=peak, throttled=sum(1 for entry in listed if entry["status"] == 429),
    )  # fmt: skip


def _floor(entries: list[dict[str, object]], written: int) -> float:
    """The seconds that the limits alone ask for: the larger of the importer's quota and the account's rate."""
    posts = sum(1 for entry in entries if entry["method"] == "POST" and str(entry["path"]).endswith("/bulk_import"))
    scans = sum(1 for entry in entries if "id_greater" in str(entry["query"]))
    singles = sum(1 for entry in entries if entry["method"] in {"PUT", "DELETE"})
    readback = -(-written // 100)
    return max(posts / BULK_PER_MINUTE * 60, (scans + posts + posts + readback + singles) / PER_SECOND)


def main() -> None:
    """Measure and print a table; --json FILE keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument(
        "--time-scale",
        type=float,
        default=1.0,
        help="how many times faster both clocks of limits run",
    )
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    found = []
    print(
        f"Limits: {PER_SECOND} requests a second, {BULK_PER_MINUTE} bulk posts a minute; clock x {options.time_scale:g}."
    )
    print(f"{'people':>8} {'scenario':<14} {'seconds':>8} {'floor':>7} {'ratio':>6} {'requests':>9} {'a contact':>10} "
          f"{'planned/s':>10} {'peak MB':>8} {'429':>4}")  # fmt: skip
    for people in options.people:
        with connected(people, options.time_scale) as place:
            for scenario in SCENARIOS:
                one = measure(place, people, scenario)
                found.append(one)
                print(f"{one.people:>8} {one.scenario:<14} {one.seconds:>8} {one.floor:>7} {one.ratio:>6} "
                      f"{one.requests:>9} {one.requests_per_contact:>10} {one.planned_per_second:>10} "
                      f"{one.peak_mb:>8} {one.throttled:>4}", flush=True)  # fmt: skip
    if options.json:
        options.json.write_text(json.dumps([asdict(one) for one in found], indent=1))


if __name__ == "__main__":
    main()
