"""What sending a plan will take, before it is sent: requests and time (rules 4.2, 6.4)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from django.conf import settings

from sonisbridge.activecampaign.limits import BULK_BYTES, BULK_ROWS, BULK_WINDOW_SECONDS, PAGE_ROWS
from sonisbridge.activecampaign.pace import slot_seconds
from sonisbridge.activecampaign.requests import bulk_row, bulk_row_bytes
from sonisbridge.core.contact import EMAIL, STANDARD_FIELDS, FieldId
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.plans import NewLine

from .bulk import usual_seconds
from .routes import FEW, importable

BEFORE = 4
"""Requests of a plan that is taken up: the token, the fields, what changed and what is new."""
AGAIN = 2
"""Requests of every plan that is sent: what changed and what is new since it was made."""
MEASURED = 16
"""One row in so many is weighed."""


@dataclass(slots=True, kw_only=True)
class Ways:
    """Which way the lines of a plan go, counted while they are made."""

    creates: int = 0
    """Lines that the importer can carry and that make a contact."""
    updates: int = 0
    """Those that it can carry and that change one."""
    row_bytes: int = 0
    weighed: int = 0
    links: int = 0
    """Those of both that are to be in the account."""
    lines_apart: int = 0
    """Lines that only single calls can carry."""
    calls_apart: int = 0
    """The requests that these take."""

    def add(self, line: NewLine) -> None:
        """Count a line."""
        if not importable(line):
            self.lines_apart += 1
            self.calls_apart += _calls(line)
            return
        if line.contact_id is None:
            self.creates += 1
        else:
            self.updates += 1
        self.links += line.link_account
        if (self.creates + self.updates) % MEASURED == 1:
            values = {FieldId(key): pair[1] for key, pair in line.change.items()} | {EMAIL: line.email}
            self.row_bytes += bulk_row_bytes(bulk_row(values, account_name="SONIS", exclude_automations=True)) + 1
            self.weighed += 1

    def document(self) -> dict[str, int]:
        """As it is stored with the run."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """About so much."""

    changes: int
    requests: int
    seconds: float


def estimate_of(run: Run) -> Estimate:
    """What sending the run's plan takes when it waits to be sent; else what the run takes from its start to its end."""
    policy = institutions.policy_of(run.institution)
    known = dict(run.ways)
    requests = known.pop("requests", BEFORE)
    seconds = known.pop("seconds", BEFORE * _slot(policy))
    sending = _sending(Ways(**known), policy, run.institution)
    return Estimate(changes=sending.changes, requests=requests + sending.requests, seconds=seconds + sending.seconds)


def begin_sending(run: Run, *, requests: int, seconds: float) -> Estimate:
    """The estimate of a run that took so many requests and seconds until now, kept with it."""
    run.ways = {**run.ways, "requests": requests, "seconds": seconds}
    run.save(update_fields=["ways"])
    return estimate_of(run)


def _sending(ways: Ways, policy: Policy, institution: Institution) -> Estimate:
    carried = ways.creates + ways.updates
    changes = carried + ways.lines_apart
    if not changes:
        return Estimate(changes=0, requests=0, seconds=0)
    calls, links, looked_at, asked = ways.calls_apart, 0, 0, 0
    if policy.automations and changes <= FEW:
        calls, links, batches = calls + carried, ways.links, 0
    else:
        making, changing = _batches(ways.creates, ways), _batches(ways.updates, ways)
        batches, looked_at = making + changing, math.ceil(ways.updates / PAGE_ROWS)
        asked = changing
        if institution.importer_links is False:
            asked, links = batches, ways.links
    requests = AGAIN + batches + asked + looked_at + calls + links + math.ceil(changes / PAGE_ROWS)
    quota = max(policy.bulk_many_per_minute, 1)
    seconds = max(requests * _slot(policy), batches * BULK_WINDOW_SECONDS / quota / settings.TIME_SCALE)
    landing = usual_seconds(min(carried, BULK_ROWS)) / settings.TIME_SCALE if batches else 0
    return Estimate(changes=changes, requests=requests, seconds=seconds + landing)


def _batches(rows: int, ways: Ways) -> int:
    weight = ways.row_bytes / ways.weighed if ways.weighed else 0.0
    return math.ceil(max(rows / BULK_ROWS, rows * weight / BULK_BYTES))


def _slot(policy: Policy) -> float:
    return slot_seconds(reserve=policy.reserve, time_scale=settings.TIME_SCALE)


def _calls(line: NewLine) -> int:
    """The single calls of a line: one for what is written, one for the account, and for what is cleared one each."""
    cleared = [key for key, pair in line.change.items() if not pair[1]]
    custom = [key for key in cleared if key not in STANDARD_FIELDS]
    written = len(line.change) > len(cleared)
    return written + bool(line.link_account) + (1 + len(custom) if custom else 0) + (len(cleared) > len(custom))
