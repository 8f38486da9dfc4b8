"""The last thirty days of runs, a column a day: what a chart shows and the table beside it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils import timezone
from django.utils.safestring import SafeString

from sonisbridge.store.history import Passed
from sonisbridge.web.charts import STACKED, Column, columns_chart
from sonisbridge.web.templatetags.words import day, many, outcome_word

DAYS = 30
LABEL_EVERY = 5
_BAD = {"failed", "interrupted"}


@dataclass(slots=True, kw_only=True)
class Day:
    """One day of runs."""

    date: date
    runs: int = 0
    failed_runs: int = 0
    drift: int = 0
    outcomes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STACKED, 0))

    @property
    def shown(self) -> list[int]:
        """The outcomes in the order of the chart."""
        return [self.outcomes[kind] for kind in STACKED]


def days(passed: Iterable[Passed], today: date) -> list[Day]:
    """Every one of the last thirty days, oldest first, also those without a run."""
    found = {then: Day(date=then) for then in (today - timedelta(days=back) for back in reversed(range(DAYS)))}
    for run in passed:
        here = found.get(timezone.localtime(run.at).date())
        if here is None:
            continue
        here.runs += 1
        here.failed_runs += run.status in _BAD
        here.drift += run.drift
        for kind in STACKED:
            here.outcomes[kind] += run.counts.get(kind, 0)
    return list(found.values())


def runs_chart(shown: list[Day]) -> SafeString:
    """What runs wrote, day by day, with a mark where one failed."""
    runs = sum(item.runs for item in shown)
    failed = sum(item.failed_runs for item in shown)
    columns = [
        Column(label=_label(shown, place), title=_words(item), values=item.outcomes, marked=bool(item.failed_runs))
        for place, item in enumerate(shown)
    ]
    words = f"{many(runs, 'run,runs')} in {DAYS} days, {failed:,} of them failed. The table below has every day."
    return columns_chart("runs-chart", "What runs created and updated, by day", words, columns)


def drift_chart(shown: list[Day]) -> SafeString:
    """How many values that were changed in ActiveCampaign were set back, day by day."""
    columns = [
        Column(label=_label(shown, place), title=f"{day(item.date)}: {item.drift:,}", values={"drift": item.drift})
        for place, item in enumerate(shown)
    ]
    words = f"{many(sum(item.drift for item in shown), 'value,values')} in {DAYS} days. The table below has every day."
    return columns_chart("drift-chart", "Values changed in ActiveCampaign and set back, by day", words, columns)


def _label(shown: list[Day], place: int) -> str:
    back = len(shown) - 1 - place
    return f"{shown[place].date.day} {shown[place].date:%b}" if back % LABEL_EVERY == 0 else ""


def _words(item: Day) -> str:
    parts = [f"{item.outcomes[kind]:,} {outcome_word(kind)}" for kind in STACKED if item.outcomes[kind]]
    ran = many(item.runs, "run,runs") if item.runs else "no run"
    failed = f", {item.failed_runs:,} failed" if item.failed_runs else ""
    return f"{day(item.date)}: {ran}{failed}{'; ' if parts else ''}{', '.join(parts)}"
