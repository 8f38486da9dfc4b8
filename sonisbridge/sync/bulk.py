"""Sends lines by the bulk importer and follows each batch to its end (rules 6.6, 4.2).

What an export creates is seen when the newest contacts are read; only where some of a batch is missing there, or where it
changes contacts, is the importer asked how the batch stands.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings

from sonisbridge.activecampaign.bulk import BulkAccepted, BulkInfo, BulkRejectedError, BulkState
from sonisbridge.activecampaign.limits import BULK_BYTES, BULK_ROWS
from sonisbridge.activecampaign.requests import BULK_FRAME_BYTES
from sonisbridge.core.batches import Packer
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, SonisbridgeError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.values import email_key
from sonisbridge.store.models import Batch, PlanLine
from sonisbridge.store.plans import batch_ended, batch_posted, mark_sent, new_batch

from .lanes import Call
from .new_contacts import NewContacts
from .readback import ReadBack
from .running import Running
from .sides import Sides

LONGEST_PAUSE = 15.0
GIVE_UP = 1800.0
"""Seconds of the service after which a batch without an end is taken for lost."""
TRIES = 3
POSTS_AT_ONCE = 2
READY = 2
"""So many batches lie ready, so that the next post never waits for its lines."""
IN_HAND = 5000
"""So many lines may be sent and not yet confirmed: what a killed run leaves in doubt, and what it keeps in memory."""


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
    creates: bool
    """Whether it makes contacts, or changes some."""
    posted: float = field(default_factory=time.monotonic)
    due: float = 0.0
    """When it ought to be done; later, when to ask about it again."""
    looks: int = 0
    asking: bool = False

    @property
    def age(self) -> float:
        """Seconds of the service since it was posted."""
        return (time.monotonic() - self.posted) * settings.TIME_SCALE


class BulkSender:
    """Posts batches, looks after them, and hands what they carried to the read-back."""

    def __init__(self, sides: Sides, going: Running, readback: ReadBack) -> None:
        self._sides = sides
        self._going = going
        self._readback = readback
        self._new = NewContacts(sides, readback)
        self._creates, self._updates = _packer(), _packer()
        self._ready: deque[tuple[list[Row], int]] = deque()
        self._posting = 0
        self._flying: list[InFlight] = []
        self._slowness = 1.0
        self.lost: list[InFlight] = []
        """Batches of which nobody knows whether they were taken; nothing more is posted until that is known."""

    @property
    def hungry(self) -> bool:
        """Whether more rows are wanted soon."""
        return len(self._ready) < READY

    @property
    def over(self) -> bool:
        """Whether nothing is left to send or to follow."""
        return not (self._ready or self._posting or self._flying or self.lost)

    def drained(self, feed_over: bool) -> bool:
        """Whether nothing more is posted until what flies has landed."""
        return not self._posting and (bool(self.lost) or (feed_over and not self._ready))

    def add(self, row: Row) -> None:
        """Take a row; it is posted with others. Those that create and those that update go apart, as they are followed."""
        packer = self._creates if row.line.contact_id is None else self._updates
        if full := packer.add(row):
            self._ready.append((full, 1))

    def close(self) -> None:
        """No row comes any more."""
        self._ready.extend((rest, 1) for rest in (self._creates.rest(), self._updates.rest()) if rest)

    def post(self) -> Call | None:
        """The next batch."""
        if not self._ready or self.lost or self._posting >= POSTS_AT_ONCE or self._readback.in_hand >= IN_HAND:
            return None
        rows, tries = self._ready.popleft()
        mark_sent(row.line for row in rows)
        batch = new_batch(self._going.run, len(rows))
        self._posting += 1
        self._readback.sent([row.line for row in rows])
        flying = InFlight(batch=batch, rows=rows, tries=tries, creates=rows[0].line.contact_id is None)
        return Call(
            ask=partial(
                self._sides.activecampaign.bulk_import,
                [row.body for row in rows],
                exclude_automations=not self._sides.policy.automations,
            ),
            then=partial(self._posted, flying),
            otherwise=partial(self._not_posted, flying),
        )

    def poll(self) -> Call | None:
        """The question how a batch stands that ought to be done."""
        now = time.monotonic()
        for flying in self._flying:
            if flying.due > now or flying.asking:
                continue
            if flying.creates and self._new.may_show(flying.due) and not flying.looks:
                continue
            flying.asking = True
            return Call(
                ask=partial(self._sides.activecampaign.bulk_info, flying.batch.batch_id),
                then=partial(self._told, flying),
                otherwise=partial(self._unknown, flying),
            )
        return None

    def look_for_new(self, *, last: bool) -> Call | None:
        """A page of the newest contacts, once enough of them ought to be there. `last`: nothing more is posted."""
        now = time.monotonic()
        due = [flying for flying in self._flying if flying.due <= now and flying.creates and not flying.looks]
        many = sum(1 for flying in due for row in flying.rows if self._readback.waits_for(row.line))
        newest = max((flying.due for flying in due), default=0.0)
        return self._new.call(many, newest if last else None, then=self._sweep)

    def until_due(self) -> float | None:
        """Seconds until there may be something to ask about a batch; None when none is under way."""
        now = time.monotonic()
        dues = [flying.due - now for flying in self._flying if flying.due > now]
        return min(dues, default=0.2) if self._flying else None

    def recover(self) -> None:
        """Wait until the importer has nothing to do, then look what became of the batches that had no answer."""
        lost, self.lost = self.lost, []
        wait_until_idle(self._sides, self._going)
        for flying in lost:
            batch_ended(flying.batch, "lost")
            self._broken(flying)

    def _posted(self, flying: InFlight, accepted: BulkAccepted) -> None:
        self._posting -= 1
        batch_posted(flying.batch, accepted.batch_id)
        flying.posted = time.monotonic()
        flying.due = flying.posted + usual_seconds(len(flying.rows)) * self._slowness / settings.TIME_SCALE
        self._flying.append(flying)

    def _not_posted(self, flying: InFlight, error: SonisbridgeError) -> None:
        self._posting -= 1
        match error:
            case BulkRejectedError():
                batch_ended(flying.batch, "rejected")
                self._again(self._without_refused(flying.rows, error), flying.tries)
            case SkipRecordError():
                batch_ended(flying.batch, "rejected")
                self._fail(flying.rows, f"ActiveCampaign's importer refused the batch: {error}")
            case RetryLaterError(sent=True):
                self.lost.append(flying)
            case RetryLaterError():
                batch_ended(flying.batch, "lost")
                self._broken(flying)
            case _:
                raise error

    def _told(self, flying: InFlight, info: BulkInfo) -> None:
        flying.asking = False
        flying.looks += 1
        if not info.state.final and flying.age <= GIVE_UP:
            self._new.not_yet()
            self._slowness = max(self._slowness, min(flying.age * 1.3 / usual_seconds(len(flying.rows)), 20.0))
            pause = min(max(flying.age * 0.3, 1.0), LONGEST_PAUSE)
            flying.due = time.monotonic() + pause / settings.TIME_SCALE
            return
        self._landed(flying, info.state if info.state.final else BulkState.INTERRUPTED)
        if info.state is BulkState.COMPLETED:
            self._completed(flying, [ContactId(item) for item in info.success], info.failure)
        else:
            self._broken(flying)

    def _unknown(self, flying: InFlight, error: SonisbridgeError) -> None:
        """The importer no longer knows the batch, so it is over: what stands there counts."""
        if not isinstance(error, SkipRecordError):
            raise error
        self._landed(flying, BulkState.INTERRUPTED)
        self._broken(flying)

    def _landed(self, flying: InFlight, state: BulkState) -> None:
        self._flying.remove(flying)
        batch_ended(flying.batch, str(state))

    def _sweep(self) -> None:
        """Let go of the batches of which everything was seen."""
        for flying in list(self._flying):
            if not flying.asking and not any(self._readback.waits_for(row.line) for row in flying.rows):
                self._landed(flying, BulkState.COMPLETED)

    def _completed(self, flying: InFlight, contact_ids: list[ContactId], refused: list[str]) -> None:
        keys = {email_key(email) for email in refused}
        waiting = [row for row in flying.rows if self._readback.waits_for(row.line)]
        self._fail(
            [row for row in waiting if email_key(row.line.email) in keys],
            "ActiveCampaign's importer took the person out: the address is on its exclusion or bounced list, or the "
            "account is full. Look the address up in ActiveCampaign.",
        )
        lines = [row.line for row in waiting if email_key(row.line.email) not in keys]
        seen = {str(row.line.contact_id) for row in flying.rows if row.line.pk not in {line.pk for line in lines}}
        self._readback.expect(lines, [item for item in contact_ids if item not in seen])

    def _broken(self, flying: InFlight) -> None:
        """Read back what a failed or interrupted batch did, and send only what is missing."""
        waiting = [row.line for row in flying.rows if self._readback.waits_for(row.line)]
        missing = {line.pk for line in self._readback.settle(waiting)}
        rows = [row for row in flying.rows if row.line.pk in missing]
        if flying.tries < TRIES:
            self._again(rows, flying.tries + 1)
        else:
            self._fail(rows, "ActiveCampaign's importer broke off three times. The next run tries again.")

    def _again(self, rows: list[Row], tries: int) -> None:
        self._readback.not_sent([row.line for row in rows])
        if rows:
            self._ready.appendleft((rows, tries))

    def _without_refused(self, rows: list[Row], error: BulkRejectedError) -> list[Row]:
        refused = {index: row for index, row in enumerate(rows) if index in error.reasons}
        if not refused:
            self._fail(rows, f"ActiveCampaign's importer refused the batch: {error}")
            return []
        for index, row in refused.items():
            self._fail([row], f"ActiveCampaign's importer refused it: {error.reasons[index]}")
        return [row for index, row in enumerate(rows) if index not in refused]

    def _fail(self, rows: list[Row], message: str) -> None:
        self._readback.fail([row.line for row in rows], Kind.FAILED, Reason.REFUSED, message)


def _packer() -> Packer[Row]:
    return Packer(
        size_of=lambda row: row.size, most_rows=BULK_ROWS, most_bytes=BULK_BYTES, frame_bytes=BULK_FRAME_BYTES
    )


def usual_seconds(rows: int) -> float:
    """Seconds of the service that the importer usually takes for so many rows, as a first guess."""
    return 2.0 + rows / 50


def wait_until_idle(sides: Sides, going: Running) -> None:
    """Return when the importer has no batch of anybody's left to do, or after two minutes of the service."""
    until = time.monotonic() + 120 / settings.TIME_SCALE
    while time.monotonic() < until:
        if sides.activecampaign.bulk_outstanding() == 0:
            return  # where the importer does not say, only the two minutes help
        going.check()
        time.sleep(2 / settings.TIME_SCALE)
