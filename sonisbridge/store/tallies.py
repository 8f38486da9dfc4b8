"""What is counted for ever, for operators. Removing old runs takes nothing from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F

from .models import Run, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a run asked of ActiveCampaign."""

    requests: int = 0
    by_class: Mapping[str, int] = field(default_factory=dict)
    """Answers by class, such as good, throttled, refused."""
    waited_seconds: float = 0.0
    """Held back by our own pace, throttling included."""
    throttled_seconds: float = 0.0
    """From a throttled answer to the next try."""


def count_run(run: Run, traffic: Traffic) -> None:
    """Count a run that ended, or waits for a user, with its outcomes and its requests."""
    found: Counter[str] = Counter({f"runs|{run.kind}|{run.status}": 1})
    found.update({f"requests|{kind}": many for kind, many in traffic.by_class.items()})
    if not run.preview and run.status != "held":
        found.update({f"outcomes|{run.kind}|{kind}": many for kind, many in run.counts.items() if kind != "read"})
    count({**found, "waited_seconds": traffic.waited_seconds, "throttled_seconds": traffic.throttled_seconds})


def count(amounts: Mapping[str, float]) -> None:
    """Add to what is counted; a name carries its labels, parted by |."""
    with transaction.atomic():
        for name, amount in sorted(amounts.items()):  # in one order for all, so that nobody waits for each other
            if amount and not Tally.objects.filter(name=name).update(value=F("value") + amount):
                _row, made = Tally.objects.get_or_create(name=name, defaults={"value": amount})
                if not made:
                    Tally.objects.filter(name=name).update(value=F("value") + amount)


def counted(name: str) -> dict[tuple[str, ...], float]:
    """The sums of that name, by their labels."""
    rows = Tally.objects.filter(name__startswith=f"{name}|") | Tally.objects.filter(name=name)
    return {tuple(full.split("|")[1:]): value for full, value in rows.values_list("name", "value")}
