"""What sending a plan that waits will take, before it is sent: requests and time (rules 4.2, 6.4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.conf import settings

from sonisbridge.activecampaign.limits import BULK_ROWS, PAGE_ROWS
from sonisbridge.activecampaign.pace import slot_seconds
from sonisbridge.store import history, institutions
from sonisbridge.store.models import Run
from sonisbridge.store.plans import WRITES

from .routes import FEW

LOOKS_A_BATCH = 2
"""How often a batch of the importer is usually asked about before it is done."""
FIXED = 5
"""Requests of every run: the token, the fields, what changed since the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """About so much."""

    changes: int
    requests: int
    seconds: float


def estimate_of(run: Run) -> Estimate:
    """What sending the run's plan will take, roughly: the importer's batches or single calls, and reading back."""
    policy = institutions.policy_of(run.institution)
    changes = sum(group.many for group in history.groups(run) if group.outcome in WRITES)
    if not changes:
        return Estimate(changes=0, requests=0, seconds=0)
    read_back = math.ceil(changes / PAGE_ROWS)
    if policy.automations and changes <= FEW:
        requests = FIXED + changes + read_back
    else:
        requests = FIXED + math.ceil(changes / BULK_ROWS) * (1 + LOOKS_A_BATCH) + read_back
    seconds = requests * slot_seconds(reserve=policy.reserve, time_scale=settings.TIME_SCALE)
    return Estimate(changes=changes, requests=requests, seconds=seconds)
