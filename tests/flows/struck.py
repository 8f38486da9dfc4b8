"""Both sides with work for every run, something that befalls the runs at chosen points, and what must hold in the end.

Each interrupted run is taken over by the next, which is struck at the next point.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from sonisbridge.store.runs import ENDED
from tests.flows.fleet import LEASE_SECONDS, SCALE, Household, wait_for

KNOWN, STRANGERS = 5, 6
HELD = 0.5 * LEASE_SECONDS
"""So long a request is in hand when its worker is struck; it is carried out all the same, as one on the wire would be."""
ALL_POINTS = 25
STUCK = 30.0
"""Seconds after which only a paused worker can be what others wait for."""


class World(ABC):
    """Both sides with work for every run, and what must hold of them in the end."""

    kind: str

    def __init__(self, household: Household) -> None:
        self.household = household
        self.account, self.school = household.account, household.school
        self.first = 0
        self.own: set[int] = set()
        self.account.clear_log()

    @abstractmethod
    def stir(self, number: int) -> None:
        """Make work for the next run."""

    def point(self, place: int, request: int) -> Callable[[], bool]:
        """Says when the run has come to that request: in hand at even places, just answered at odd ones."""
        held = HELD if place % 2 == 0 else 0.02
        self.account.faults({"name": "slow", "at": [self.requests() + request], "seconds": held * SCALE})

        def reached() -> bool:
            if not self.account.control("GET", "/faults")["faults"][0]["fired"]:
                return False
            if place % 2:
                time.sleep(0.01 * (place % 5 + 1))  # the answer is at work by now
            return True

        return reached

    @abstractmethod
    def check(self) -> None:
        """Hold both sides to the rules."""

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """A request of somebody else, repeated while it is throttled."""
        while (answer := self.account.api.post(path, json=body)).status_code == 429:
            time.sleep(0.05)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def requests(self) -> int:
        """The number of the newest request."""
        return int(self.account.control("GET", "/log?after=999999999")["last"])

    def log(self, after: int = 0) -> list[dict[str, Any]]:
        """Every request after that one which was not a test's own."""
        found: list[dict[str, Any]] = []
        while part := self.account.log(after):
            found += [entry for entry in part if entry["number"] not in self.own]
            after = part[-1]["number"]
        return found

    def check_records(self) -> None:
        """P7 and P9: counts add up, every write has a line that owns up to it, and the log names nobody."""
        runs = self.household.fleet.desk.runs(self.first - 1)
        lines: dict[str, list[dict[str, Any]]] = {}
        for run in runs:
            assert run.status in ENDED
            counts = dict(run.counts)
            if counts:
                assert counts.pop("read") == sum(counts.values()), run
            for line in self.household.fleet.desk.ask("lines", run=run.id):
                for who in {line["email"].lower(), str(line["contact_id"] or "")}:
                    lines.setdefault(who, []).append(line)
        for entry in self.log():
            if entry["method"] == "GET":
                continue
            for row in (entry["body"] or {}).get("rows", [entry["body"] or {}]):
                who = str(row.get("contact") or row.get("email") or "").lower()
                assert not who or any(line["sent"] for line in lines[who]), entry
        log = self.household.fleet.log()
        for secret in (self.account.token, "@example", "Lima", "Nashville", "Traceback"):
            assert secret not in log


class ExportWorld(World):
    """People who change all the time, and a contact that is nobody's."""

    kind = "outbound"

    def __init__(self, household: Household) -> None:
        super().__init__(household)
        for number in range(KNOWN):
            self.add(number)
        assert household.done(self.kind).counts["created"] == KNOWN
        zoe = {"email": "zoe@example.org", "firstName": "Zoe", "lastName": "Stranger"}
        self.stranger = self.post("/contacts", {"contact": zoe})["contact"]["id"]
        for contact, status in (("1", 1), ("2", 2), (self.stranger, 1)):
            self.post("/contactLists", {"contactList": {"list": "1", "contact": contact, "status": status}})
        self.people = KNOWN
        self.cities: dict[int, str] = {}
        self.lists = self.standings()
        self.account.clear_log()

    def add(self, number: int) -> None:
        """A person more."""
        self.school.add(f"AB{number:04d}", "Ana", f"Lima{number}", f"ana{number}@example.edu", nickname="Annie")

    def stir(self, number: int) -> None:
        """Two people more, one who moved, one with another address, one without a nickname."""
        for _ in range(2):
            self.add(self.people)
            self.people += 1
        moved = number % KNOWN
        self.cities[moved] = f"Town {number}"
        self.school.change("address", f"AB{moved:04d}", city=f"Town {number}")
        if number % 4 == 1:
            self.school.change("address", "AB0003", e_mail=f"ana3x{number}@example.edu")
        self.school.change("name", "AB0004", nickname=" " if number % 2 else "Annie")

    def standings(self) -> dict[str, dict[str, str]]:
        """Each contact's list standings."""
        rows = self.account.get("/contacts", limit=100, include="contactLists")
        return {
            row["id"]: {item["list"]: item["status"] for item in rows["contactLists"] if item["contact"] == row["id"]}
            for row in rows["contacts"]
        }

    def check(self) -> None:
        """P1 to P6."""
        done = self.household.done(self.kind)
        assert done.status == "succeeded", done
        assert done.counts["read"] == self.people
        contacts = self.account.get("/contacts", limit=100, include="fieldValues,accountContacts")
        titles = {row["id"]: row["title"] for row in self.account.get("/fields", limit=100)["fields"]}
        held: dict[str, dict[str, str]] = {row["id"]: {"email": row["email"]} for row in contacts["contacts"]}
        for item in contacts["fieldValues"]:
            held[item["contact"]][titles[item["field"]]] = item["value"]
        assert len(held) == self.people + 1, "P3: no duplicates"
        assert held[self.stranger] == {"email": "zoe@example.org"}, "P3"
        by_person = {values.get("SONIS_ID"): values for values in held.values()}
        for row in self.school.rows(
            "SELECT name.soc_sec, nickname, city, e_mail FROM name JOIN address ON name.soc_sec = address.soc_sec"
        ):
            values = by_person[row["soc_sec"]]
            assert values["Home City"] == row["city"], "P1"
            assert values["email"] == row["e_mail"], "P1"
            assert values.get("Preferred Name", "") == row["nickname"], "P1"
        standings = self.standings()
        for contact in self.lists:
            assert standings.pop(contact) == self.lists[contact], "P4"
        assert not any(standings.values()), "P4"
        assert len(contacts["accountContacts"]) == self.people
        stats = self.account.stats()
        assert stats["most_imports_in_a_minute"] <= 100, "P6"
        assert set(stats["violations"]) <= {"rate"}, stats["violations"]
        before = self.requests()
        assert self.household.done(self.kind).counts["unchanged"] == self.people, "P2"
        assert all(entry["method"] == "GET" for entry in self.log(before)), "P2"


class ImportWorld(World):
    """New contacts all the time."""

    kind = "inbound"

    def __init__(self, household: Household) -> None:
        super().__init__(household)
        self.contacts = 0
        self.seen: Counter[str] = Counter()

    def stir(self, number: int) -> None:
        """A few contacts more, as somebody in ActiveCampaign makes them."""
        before = self.requests()
        for _ in range(STRANGERS):
            person = {
                "email": f"new{self.contacts}@example.org",
                "firstName": "New",
                "lastName": f"Lima{self.contacts}",
            }
            self.post("/contacts", {"contact": person})
            self.contacts += 1
        self.own |= set(range(before + 1, self.requests() + 1))

    def point(self, place: int, request: int) -> Callable[[], bool]:
        """At every third place: says when SONIS has some of the web prospects, which no request tells."""
        if place % 3:
            return super().point(place, request)
        self.account.faults()
        target = self.prospects().total() + 1 + place % (STRANGERS - 1)
        return lambda: self.prospects().total() >= target

    def prospects(self) -> Counter[str]:
        """The contacts that are web prospects, and how often each is; as last seen while a paused worker locks SONIS."""
        with suppress(sa.exc.OperationalError):
            self.seen = Counter(row["source_id"] for row in self.school.rows("SELECT source_id FROM webps"))
        return self.seen

    def check(self) -> None:
        """Each contact is one web prospect, and ActiveCampaign was only read."""
        done = self.household.done(self.kind)
        assert done.status == "succeeded", done
        assert done.counts["read"] == self.contacts
        made = self.prospects()
        assert len(made) == self.contacts
        assert set(made.values()) == {1}
        counts = self.household.fleet.desk.ask("counts")
        assert counts["imported"] == self.contacts
        assert counts["half_imported"] == 0
        assert all(entry["method"] == "GET" for entry in self.log())
        assert self.household.done(self.kind).counts["created"] == 0


class Strikes:
    """Strikes the worker of a run at one request after another."""

    def __init__(self, world: World) -> None:
        self.world, self.household = world, world.household
        self.fleet, self.account = world.household.fleet, world.account
        self.hit = 0
        self.run = 0
        self.world.stir(0)
        before = self.world.requests()
        self.world.first = self.household.order(world.kind)
        assert self.household.ended(self.world.first).status == "succeeded"
        self.length = self.world.requests() - before

    def at(self, place: int, of: int, strike: Callable[[int], None]) -> None:
        """Strike the worker of the run, or of the one that goes on from it, at that part of its way."""
        self.world.stir(place + 1)
        reached = self.world.point(place, 1 + place * self.length // of)
        if not self.run or self._over():
            self.run = self.household.order(self.world.kind)
        struck = self._struck(reached)
        pid = self.household.worker_of(self.run) if struck is True else None
        self._wake_the_paused()
        if pid in self.fleet.workers:  # it is not when it was a paused one, whom nobody had replaced yet
            self.hit += 1
            strike(pid)

    def _struck(self, reached: Callable[[], bool]) -> Any:
        """True at the point, "over" at an end before it. A worker that was paused while it wrote to SQLite keeps all out."""
        try:
            return wait_for(lambda: reached() or self._over(), "a point or an end", STUCK)
        except AssertionError:
            self._wake_the_paused()
            return wait_for(lambda: reached() or self._over(), "a point or an end")

    def end(self) -> None:
        """Let the survivors finish."""
        self.account.faults()
        self._wake_the_paused()
        if self.run:
            self.household.ended(self.run)
        wait_for(lambda: not self.fleet.desk.ask("counts")["locks"], "all locks are free")

    def _wake_the_paused(self) -> None:
        """Those who were paused come back, with their runs long taken over: they add nothing."""
        if not self.fleet.paused:
            return
        ended = {run.id: run for run in self._told() if run.status in ENDED}
        self.fleet.wake()
        time.sleep(0.2)
        self.fleet.retire_woken()
        for run in self._told():
            assert run.id not in ended or vars(run) == vars(ended[run.id])

    def _told(self) -> list[SimpleNamespace]:
        return self.fleet.desk.runs(self.world.first)

    def _over(self) -> str:
        return "over" if self.household.last(self.run).status in ENDED else ""


def struck(world: World, points: Sequence[int], strike: Callable[[int, int], None]) -> None:
    """Strike at these points, by place and worker, finish, and hold everything to the rules."""
    strikes = Strikes(world)
    for place in points:
        strikes.at(place, ALL_POINTS, partial(strike, place))
    strikes.end()
    assert strikes.hit >= len(points) * 0.6, f"only {strikes.hit} of {len(points)} points were reached"
    world.check()
    world.check_records()
