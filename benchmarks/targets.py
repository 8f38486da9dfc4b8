"""What rule 15 asks for, held against the figures. A target is judged where its size was measured, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .place import NO_LINKS, WHOLE_DAYS

Run = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure of one scenario at one size."""

    what: str
    scenario: str
    people: int
    figure: Callable[[Run], float]
    most: float | None = None
    least: float | None = None
    wherever_larger: bool = False
    """Judged at larger sizes too."""
    side: str = ""
    """Where it was measured: an account as is thought likely, or one that differs so."""
    real_time: bool = False
    """Means nothing while the clock is scaled, since the start of a program is scaled with it."""

    def concerns(self, run: Run, time_scale: float) -> bool:
        """Whether that run is one to judge by."""
        size = run["people"] >= self.people if self.wherever_larger else run["people"] == self.people
        same = run["scenario"] == self.scenario and run.get("side", "") == self.side
        return size and same and (time_scale == 1 or not self.real_time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A target and what was found."""

    target: Target
    people: int
    database: str
    found: float

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        target = self.target
        return (target.most is None or self.found <= target.most) and (
            target.least is None or self.found >= target.least
        )

    @property
    def sentence(self) -> str:
        """For a reader."""
        target = self.target
        asked = f"at most {target.most:g}" if target.most is not None else f"at least {target.least:g}"
        word = "Met" if self.met else "MISSED"
        return (
            f"{word}: {target.what}, {described(target.scenario, target.side)}, {self.people:,} people, {self.database}: "
            f"{self.found:g}, asked are {asked}."
        )

    def document(self) -> dict[str, object]:
        """As it stands in the figures."""
        return {
            "what": self.target.what,
            "scenario": described(self.target.scenario, self.target.side),
            "people": self.people,
            "database": self.database,
            "found": self.found,
            "at_most": self.target.most,
            "at_least": self.target.least,
            "met": self.met,
        }


def described(scenario: str, side: str) -> str:
    """A scenario and the account that it was measured on."""
    return f"{scenario}, {side}" if side else scenario


def _beyond_pages(run: Run) -> float:
    return float(run["requests"] - run["asked"]["pages_before_writing"])


def _beyond_overlap(run: Run) -> float:
    return float(run["requests"] - run["floor"]["scan_pages"])


def _off_by(which: str, run: Run) -> float:
    return float(run["estimate"][which]) if run.get("estimate") else 1.0


def _writes(run: Run) -> float:
    return float(run["asked"]["posts"] + run["asked"]["singles"])


TARGETS = (
    Target(
        what="seconds by the floor", scenario="first export", people=100_000, most=1.1, figure=lambda run: run["ratio"]
    ),
    Target(
        what="throttled requests", scenario="first export", people=100_000, most=0, figure=lambda run: run["throttled"]
    ),
    Target(
        what="requests a contact",
        scenario="first export",
        people=100_000,
        most=0.02,
        figure=lambda run: run["requests_per_changed_contact"],
    ),
    Target(
        what="peak memory in MB", scenario="first export", people=100_000, most=300, figure=lambda run: run["peak_mb"]
    ),
    *(
        Target(
            what="people planned a second",
            scenario=scenario,
            people=50_000,
            least=least,
            figure=lambda run: run["planned_per_second"],
            wherever_larger=True,
        )
        for scenario, least in (
            ("first export", 5_000),
            ("unchanged", 20_000),
            ("plan: new", 5_000),
            ("plan: unchanged", 20_000),
        )
    ),
    Target(what="writing requests", scenario="unchanged", people=50_000, most=0, figure=_writes),
    Target(what="requests", scenario="unchanged", people=50_000, most=5, figure=lambda run: run["requests"]),
    Target(
        what="seconds",
        scenario="unchanged",
        people=50_000,
        most=10,
        figure=lambda run: run["seconds"],
        real_time=True,
    ),
    *(
        Target(
            what=what, scenario="unchanged", people=50_000, most=most, figure=figure, side=WHOLE_DAYS, real_time=timed
        )
        for what, most, figure, timed in (
            ("writing requests", 0, _writes, False),
            ("requests beyond the pages of the overlap", 5, _beyond_overlap, False),
            ("seconds beyond the floor", 10, lambda run: run["seconds"] - run["floor"]["seconds"], True),
        )
    ),
    *(
        Target(what=what, scenario="first export", people=2_000, most=most, figure=figure, side=NO_LINKS)
        for what, most, figure in (
            ("seconds by the floor", 1.1, lambda run: run["ratio"]),
            ("throttled requests", 0, lambda run: run["throttled"]),
        )
    ),
    *(
        Target(
            what=f"estimate of {what}, off by",
            scenario=scenario,
            people=20_000,
            most=0.15,
            figure=partial(_off_by, f"{what}_off"),
            wherever_larger=True,
        )
        for what in ("requests", "seconds")
        for scenario in ("first export", "1 % changed", "all changed")
    ),
    Target(
        what="requests beyond the pages of the look",
        scenario="1 % changed",
        people=50_000,
        most=16,
        figure=_beyond_pages,
    ),
    *(
        Target(what="peak memory in MB", scenario=scenario, people=people, most=most, figure=lambda run: run["peak_mb"])
        for people, most in ((100_000, 300), (1_000_000, 1_500))
        for scenario in ("plan: new", "plan: settling", "plan: unchanged")
    ),
)


def judged(document: Mapping[str, Any]) -> list[Judged]:
    """Every target whose size was measured."""
    return list(_judged(document))


def _judged(document: Mapping[str, Any]) -> Iterator[Judged]:
    for target in TARGETS:
        for run in [*document["runs"], *document.get("plans", [])]:
            if target.concerns(run, document["time_scale"]):
                yield Judged(target=target, people=run["people"], database=run["database"], found=target.figure(run))
