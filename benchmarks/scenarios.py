"""The scenarios, in the order in which they follow each other on one school and one account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from . import checks
from .census import FOREIGN_FIELD, Census, taken
from .checks import Check, Seen
from .floor import Asked, Floor, Work, counted, floor_of
from .place import NO_LINKS, WHOLE_DAYS, Finished, Place

PAST_THE_OVERLAP = 600
"""Seconds that go by between scenarios: more than the five minutes that are read again (rule 4.1)."""
OVERLAP_OF_DAYS = timedelta(days=2)
"""What is read again where the account's filter knows whole days alone (rule 4.1)."""
EXPORT = ("export", "--yes", "--json")
_PLANNED = re.compile(r"planned (\d+) people in ([\d.]+) s")
_ESTIMATED = re.compile(r"sends \d+ lines: (\d+) requests, ([\d.]+) s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What happens before a run, the run, and what it must have left."""

    name: str
    command: tuple[str, ...] = EXPORT
    prepare: Callable[[Place], int] = lambda _: 0
    """Gives how many contacts others changed or added."""
    right_after: bool = False
    """No time goes by before it."""
    full_scan: bool = False
    writes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run said before it sent anything, and what it took in the end, by its own record; real seconds."""

    requests: int
    seconds: float
    took_requests: int
    took_seconds: float

    def document(self) -> dict[str, Any]:
        """Every figure by its name."""
        return {
            "requests": self.requests,
            "took_requests": self.took_requests,
            "requests_off": round(abs(self.requests / self.took_requests - 1), 3),
            "seconds": self.seconds,
            "took_seconds": self.took_seconds,
            "seconds_off": round(abs(self.seconds / self.took_seconds - 1), 3),
        }


@dataclass(slots=True, kw_only=True)
class Measured:
    """One scenario at one size. Seconds are the service's: real seconds times the scale of the clock."""

    people: int
    database: str
    scenario: str
    side: str
    """How the account differs from what is thought likely, "" for not at all."""
    seconds: float
    cpu_seconds: float
    peak_mb: int
    planned_per_second: int
    estimate: Estimate | None
    changed: int
    """Contacts that an export wrote, or web prospects that an import made."""
    counts: dict[str, int]
    asked: Asked
    floor: Floor
    checks: list[Check] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How many times the floor it took."""
        return self.seconds / self.floor.seconds

    @property
    def failed(self) -> list[Check]:
        """What did not hold."""
        return [check for check in self.checks if not check.held]

    def document(self) -> dict[str, Any]:
        """Every figure by its name."""
        asked = self.asked
        return {
            "people": self.people,
            "database": self.database,
            "scenario": self.scenario,
            "side": self.side,
            "seconds": round(self.seconds, 2),
            "ratio": round(self.ratio, 3),
            "floor": self.floor.document(),
            "changed": self.changed,
            "requests": asked.requests,
            "requests_per_changed_contact": round(asked.requests / self.changed, 5) if self.changed else None,
            "asked": {
                name: getattr(asked, name)
                for name in ("posts", "polls", "pages", "pages_before_writing", "by_ids", "lookups", "singles", "other")
            },
            "row_bytes": asked.row_bytes,
            "throttled": asked.throttled,
            "planned_per_second": self.planned_per_second,
            "estimate": None if self.estimate is None else self.estimate.document(),
            "cpu_seconds": round(self.cpu_seconds, 2),
            "peak_mb": self.peak_mb,
            "counts": self.counts,
            "checks": [check.document() for check in self.checks],
        }


def _moves(percent: float, seed: int) -> Callable[[Place], int]:
    def move(place: Place) -> int:
        place.change_people(percent, seed)
        return 0

    return move


def _arrivals(place: Place) -> int:
    """New contacts on a list, 5 % of the school's people, made through the importer as a form or another tool would."""
    many = max(1, place.size.people // 20)
    api = place.account.api
    lists = api.get("/lists", params={"limit": 100}).raise_for_status().json()["lists"]
    on_list = [{"listid": int(lists[0]["id"])}]
    for start in range(0, many, 250):
        rows = [
            {
                "email": f"arrival{number}@new.example.com",
                "first_name": f"Ada{number}",
                "last_name": f"Arrived{number}",
                "subscribe": on_list,
            }
            for number in range(start, min(start + 250, many))
        ]
        place.let_pass(2)
        api.post("/import/bulk_import", json={"contacts": rows}).raise_for_status()
    place.let_pass(120)
    return many


SCENARIOS = (
    Scenario(name="first export", right_after=True, full_scan=True, writes=True),
    Scenario(name="settling", right_after=True),
    Scenario(name="unchanged"),
    Scenario(name="1 % changed", prepare=_moves(1, 2), writes=True),
    Scenario(name="all changed", prepare=_moves(100, 3), writes=True),
    Scenario(name="import of 5 %", command=("import", "--json"), prepare=_arrivals),
    Scenario(name="full reconcile", command=("reconcile", "--json"), full_scan=True),
)
NAMES = tuple(scenario.name for scenario in SCENARIOS)


class Sequence:
    """The scenarios on one place, one after the other."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._fields = {row["title"]: int(row["id"]) for row in place.account.fields()}
        self._mapped = frozenset(f"field:{key}" for title, key in self._fields.items() if title != FOREIGN_FIELD)
        self._unsettled: Measured | None = None
        """The scenario that wrote last and has not been looked at by a preview yet."""
        self._last: Census | None = None
        self._settled = False
        self._automations = 0

    def measured(self, wanted: set[str]) -> Iterator[Measured]:
        """Each wanted scenario with its checks; the first export happens in any case."""
        for scenario in SCENARIOS:
            first = scenario is SCENARIOS[0]
            if scenario.name not in wanted and not first:
                continue
            one = self._measure(scenario)
            if scenario.writes:
                self._unsettled = one
            if scenario.writes and not (first and "settling" in wanted):
                self._settle()
            elif scenario.name == "settling" and self._unsettled is not None:
                self._unsettled.checks += [check for check in one.checks if check.rule in {"P1", "P2"}]
            if scenario.name in wanted:
                yield one

    def _measure(self, scenario: Scenario) -> Measured:
        place = self._place
        if not (scenario.right_after or self._settled):
            self._settle()
        self._settled = False
        others = scenario.prepare(place)
        before = taken(place, self._fields) if others or self._last is None else self._last
        account = place.account
        self._set_off()
        account.control("DELETE", "/log")
        finished = place.run(*scenario.command)
        asked, stats = counted(account.requests()), account.control("GET", "/stats")
        self._last = after = taken(place, self._fields)
        seen = Seen(
            finished=finished, asked=asked, stats=stats, before=before, after=after, mapped=self._mapped,
            token=account.token, automations=self._set_off(),
        )  # fmt: skip
        return self._figures(scenario, seen, others)

    def _figures(self, scenario: Scenario, seen: Seen, others: int) -> Measured:
        finished, size = seen.finished, self._place.size
        work = Work(
            full_scan=scenario.full_scan,
            contacts=seen.before.contacts,
            changed_by_others=others,
            listed_again=self._listed_again(seen.before) if WHOLE_DAYS in size.switches else 0,
            importer_links=NO_LINKS not in size.switches,
            known=seen.before.emails,
            addresses={number: address for address, number in seen.after.emails.items()},
        )
        counts = finished.document["counts"]
        return Measured(
            people=size.people, database=size.database, scenario=scenario.name, side=" ".join(size.switches),
            seconds=finished.seconds * size.time_scale, cpu_seconds=finished.cpu_seconds, peak_mb=finished.peak_mb,
            planned_per_second=_planned(finished), estimate=_estimated(finished), counts=counts,
            asked=seen.asked, floor=floor_of(seen.asked, work),
            changed=0 if scenario.name == "full reconcile" else counts["created"] + counts["updated"],
            checks=[*checks.always(seen), *_expected(scenario, seen, others)],
        )  # fmt: skip

    def _listed_again(self, before: Census) -> int:
        """The contacts that changed since the day from which a filter of whole days has to be asked."""
        now = datetime.now(UTC) + timedelta(seconds=self._place.later)
        return sum(many for day, many in before.changed.items() if day >= (now - OVERLAP_OF_DAYS).date())

    def _set_off(self) -> frozenset[int]:
        """The contacts for which automations were really set off since this was last asked."""
        rows = self._place.account.control("GET", f"/automations?after={self._automations}")["automations"]
        self._automations = rows[-1]["number"] if rows else self._automations
        return frozenset(int(row["contact"]) for row in rows if row["would_run"])

    def _settle(self) -> None:
        """Let time pass, and look at everything once more: nothing may be left to write, and nothing to read again."""
        self._place.let_pass(PAST_THE_OVERLAP)
        preview = self._place.run("export", "--preview", "--json")
        found = list(checks.in_agreement(preview))
        if self._unsettled is not None:
            self._unsettled.checks += found
            self._unsettled = None
        self._settled = True


def _expected(scenario: Scenario, seen: Seen, others: int) -> Iterator[Check]:
    if scenario.command[0] == "import":
        return checks.of_an_import(seen, others)
    return checks.of_an_export(seen) if scenario.writes else checks.nothing_written(seen)


def _estimated(finished: Finished) -> Estimate | None:
    found = _ESTIMATED.search(finished.log)
    if found is None:
        return None
    took = finished.document
    return Estimate(
        requests=int(found[1]), seconds=float(found[2]), took_requests=took["requests"], took_seconds=took["seconds"]
    )


def _planned(finished: Finished) -> int:
    found = _PLANNED.search(finished.log)
    return int(int(found[1]) / max(float(found[2]), 0.001)) if found else 0
