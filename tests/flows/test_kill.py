"""Killed at any point, started again: nothing twice, nothing lost (P8, rule 8.3)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from tests.flows.pair import WORLD
from tests.flows.program import LEASE_SECONDS, Bridge
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

SCALE = 20.0
PEOPLE, STRANGERS = 40, 24
POINTS = 10


class Killed:
    """Both sides, and the bridge as a program that can be killed."""

    def __init__(self, folder: Path, account: SandboxProgram) -> None:
        self.account = account
        (folder / "sonis.sqlite3").touch()
        self.school = School(f"sqlite:///{folder}/sonis.sqlite3")
        people = range(PEOPLE)
        for number in people:
            self.school.add(
                f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu", cell_phone="615-555-0100"
            )
        account.put_world(
            {
                **WORLD,
                "contacts": [
                    {"email": f"new{number}@example.org", "firstName": "New", "lastName": f"Person{number}"}
                    for number in range(STRANGERS)
                ],
            }
        )
        account.clear_log()
        self.bridge = Bridge(folder / "home", account.token, time_scale=SCALE)
        self.bridge.connect(self.school.url, account.url)

    def kill_when(self, reached: Callable[[], bool], *command: str) -> bool:
        """Start a command and kill it as soon as the point is reached; False when it ended before."""
        program: Popen[str] = self.bridge.start(*command)
        try:
            while program.poll() is None:
                if reached():
                    program.kill()
                    return True
                time.sleep(0.002)
            return False
        finally:
            program.communicate()
            time.sleep(LEASE_SECONDS)

    def exported(self) -> Counter[str]:
        """SONIS IDs that contacts carry, and how many carry each."""
        field = next(
            row["id"] for row in self.account.get("/fields", limit=100)["fields"] if row["title"] == "SONIS_ID"
        )
        rows = self.account.get("/fieldValues", **{"filters[fieldid]": field, "limit": 100})["fieldValues"]
        return Counter(row["value"] for row in rows if row["value"])

    def prospects(self) -> Counter[str]:
        """Contacts that became web prospects, and how often."""
        return Counter(row["source_id"] for row in self.school.rows("SELECT source_id FROM webps"))


@pytest.fixture
def killed(tmp_path: Path) -> Iterator[Killed]:
    """A pair whose bridge can be killed."""
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE)) as account:
        made = Killed(tmp_path, account)
        yield made
        made.school.close()


def requests_reached(account: SandboxProgram, number: int) -> Callable[[], bool]:
    """Whether the account has had so many requests by now."""
    return lambda: account.stats()["requests"] >= number


def prospects_reached(killed: Killed, number: int) -> Callable[[], bool]:
    """Whether SONIS has so many web prospects by now."""
    return lambda: killed.prospects().total() >= number


@pytest.mark.timeout(600)
def test_an_export_killed_at_ten_points_ends_right(killed: Killed):
    hit = 0
    for number in range(1, POINTS + 1):
        killed.account.clear_log()
        hit += killed.kill_when(requests_reached(killed.account, number), "export", "--yes")
    assert hit, "no run was alive long enough to be killed"
    last = killed.bridge.json("export", "--yes")
    assert last["status"] == "succeeded"
    assert last["counts"]["read"] == PEOPLE
    assert killed.exported() == Counter({f"AB{number:07d}": 1 for number in range(PEOPLE)})
    again = killed.bridge.json("export", "--yes")
    assert again["counts"]["unchanged"] == PEOPLE
    assert len(killed.account.world()["contacts"]) == PEOPLE + STRANGERS
    killed_runs = killed.bridge.json("runs", "list", "--most", "50")["runs"]
    assert Counter(run["status"] for run in killed_runs)["interrupted"] == hit
    for run in killed_runs:
        assert run["counts"].pop("read") == sum(run["counts"].values())


@pytest.mark.timeout(600)
def test_an_import_killed_at_ten_points_makes_each_prospect_once(killed: Killed):
    hit = 0
    for number in range(POINTS):
        hit += killed.kill_when(prospects_reached(killed, number * STRANGERS // POINTS + 1), "import")
    assert hit, "no run was alive long enough to be killed"
    last = killed.bridge.json("import")
    assert last["status"] == "succeeded"
    assert set(killed.prospects().values()) == {1}
    assert killed.prospects().total() == STRANGERS
    assert last["counts"]["created"] + last["counts"]["skipped"] == STRANGERS
