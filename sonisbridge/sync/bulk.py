"""Sends lines by the bulk importer and follows each batch to its end (rules 6.6, 4.2)."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from sonisbridge.activecampaign.bulk import BulkRejectedError, BulkState
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.values import email_key
from sonisbridge.store.models import Batch, PlanLine
from sonisbridge.store.plans import batch_ended, batch_posted, new_batch, save_outcomes

from .readback import ReadBack
from .running import Running
from .sides import Sides

FIRST_LOOK = 2.0
"""Seconds of the service before a batch is asked about."""
LONGEST_PAUSE = 15.0
GIVE_UP = 1800.0
"""Seconds of the service after which a batch without an end is taken for lost."""
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line, as the importer takes it."""

    line: PlanLine
    body: dict[str, Any]
    size: int


@dataclass(slots=True, kw_only=True)
class InFlight:
    """A batch that the importer works on."""

    batch: Batch
    rows: list[Row]
    tries: int
    posted: float = field(default_factory=time.monotonic)
    looks: int = 0


class BulkSender:
    """Posts batches, looks after them, and hands what they carried to the read-back."""

    def __init__(self, sides: Sides, going: Running, readback: ReadBack) -> None:
        self._sides = sides
        self._going = going
        self._readback = readback
        self._flying: deque[InFlight] = deque()

    def send(self, rows: list[Row], tries: int = 1) -> None:
        """Post the rows; rows that the importer refuses are taken out and the rest is posted again."""
        while rows:
            batch = new_batch(self._going.run, len(rows))
            try:
                accepted = self._sides.activecampaign.bulk_import(
                    [row.body for row in rows],
                    exclude_automations=not self._sides.policy.automations,
                )
            except BulkRejectedError as error:
                batch_ended(batch, "rejected")
                rows = self._without_refused(rows, error)
                continue
            except SkipRecordError as error:
                batch_ended(batch, "rejected")
                self._fail(rows, Reason.REFUSED, f"ActiveCampaign's importer refused the batch: {error}")
                return
            except RetryLaterError as error:
                self._lost(InFlight(batch=batch, rows=rows, tries=tries), maybe_sent=error.sent)
                return
            batch_posted(batch, accepted.batch_id)
            self._flying.append(InFlight(batch=batch, rows=rows, tries=tries))
            return

    def finish(self) -> None:
        """Follow every batch to its end, oldest first; what a broken one left out is sent again."""
        while self._flying:
            flying = self._flying.popleft()
            state, contact_ids, refused = self._follow(flying)
            batch_ended(flying.batch, str(state))
            if state is BulkState.COMPLETED:
                self._completed(flying, contact_ids, refused)
            else:
                self._broken(flying)

    def _follow(self, flying: InFlight) -> tuple[BulkState, list[ContactId], list[str]]:
        scale = settings.TIME_SCALE
        while True:
            age = (time.monotonic() - flying.posted) * scale
            due = FIRST_LOOK if not flying.looks else min(FIRST_LOOK * 1.5**flying.looks, LONGEST_PAUSE) + age
            self._pause((due - age) / scale)
            flying.looks += 1
            try:
                info = self._sides.activecampaign.bulk_info(flying.batch.batch_id)
            except SkipRecordError:
                return BulkState.INTERRUPTED, [], []  # it is no longer known, so it is over: what stands there counts
            if info.state.final:
                return info.state, [ContactId(item) for item in info.success], info.failure
            if age > GIVE_UP:
                return BulkState.INTERRUPTED, [], []

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._going.check()
            time.sleep(min(left, 0.2))

    def _completed(self, flying: InFlight, contact_ids: list[ContactId], refused: list[str]) -> None:
        keys = {email_key(email) for email in refused}
        self._fail(
            [row for row in flying.rows if email_key(row.line.email) in keys],
            Reason.REFUSED,
            "ActiveCampaign's importer took the person out: the address is on its exclusion or bounced list, or the "
            "account is full. Look the address up in ActiveCampaign.",
        )
        lines = [row.line for row in flying.rows if email_key(row.line.email) not in keys]
        self._readback.expect(lines, contact_ids)

    def _broken(self, flying: InFlight) -> None:
        """Read back what a failed or interrupted batch did, and send only what is missing."""
        missing = {line.pk for line in self._readback.settle([row.line for row in flying.rows])}
        rows = [row for row in flying.rows if row.line.pk in missing]
        if flying.tries < TRIES:
            self.send(rows, flying.tries + 1)
        else:
            self._fail(
                rows,
                Reason.REFUSED,
                "ActiveCampaign's importer broke off three times. The next run tries again.",
            )

    def _lost(self, flying: InFlight, *, maybe_sent: bool) -> None:
        """No answer to a post: wait until the importer has nothing to do, then look what it did."""
        if maybe_sent:
            wait_until_idle(self._sides, self._going)
        batch_ended(flying.batch, "lost")
        self._broken(flying)

    def _without_refused(self, rows: list[Row], error: BulkRejectedError) -> list[Row]:
        refused = {index: row for index, row in enumerate(rows) if index in error.reasons}
        if not refused:
            self._fail(rows, Reason.REFUSED, f"ActiveCampaign's importer refused the batch: {error}")
            return []
        for index, row in refused.items():
            self._fail(
                [row],
                Reason.REFUSED,
                f"ActiveCampaign's importer refused it: {error.reasons[index]}",
            )
        return [row for index, row in enumerate(rows) if index not in refused]

    @staticmethod
    def _fail(rows: list[Row], reason: Reason, message: str) -> None:
        for row in rows:
            row.line.outcome, row.line.reason, row.line.message = Kind.FAILED, reason, message
        save_outcomes([row.line for row in rows])


def wait_until_idle(sides: Sides, going: Running) -> None:
    """Return when the importer has no batch of anybody's left to do, or after two minutes of the service."""
    until = time.monotonic() + 120 / settings.TIME_SCALE
    while time.monotonic() < until:
        if sides.activecampaign.bulk_outstanding() == 0:
            return  # where the importer does not say, only the two minutes help
        going.check()
        time.sleep(2 / settings.TIME_SCALE)
