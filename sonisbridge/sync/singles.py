"""Sends a line by single calls: few changes, renames, clears and account links (rules 6.4, 6.6)."""

from __future__ import annotations

from collections import deque
from functools import partial

from sonisbridge.core.contact import ContactId, FieldId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, SonisbridgeError, StopRunError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import contact_made, mark_sent

from .lanes import Call
from .readback import TAKEN, ReadBack
from .sides import Sides

READY = 100
"""So many lines lie ready to be sent."""
PATIENCE = 5
"""So many changes in a row without an answer end the run: ActiveCampaign is away."""


class SingleSender:
    """Sends lines by calls of their own and hands them to the read-back."""

    def __init__(self, sides: Sides, readback: ReadBack) -> None:
        self._sides = sides
        self._readback = readback
        self._waiting: deque[PlanLine] = deque()
        self._unanswered = 0

    @property
    def hungry(self) -> bool:
        """Whether more lines are wanted soon."""
        return len(self._waiting) < READY

    def add(self, line: PlanLine) -> None:
        """Take a line; it is sent when its turn comes."""
        self._waiting.append(line)

    def call(self) -> Call | None:
        """Create or update the next line's contact. One that fails gets its outcome; the run goes on."""
        if not self._waiting:
            return None
        line = self._waiting.popleft()
        mark_sent([line])
        self._readback.sent([line], by_call=True)
        return Call(
            ask=partial(self._write, line),
            then=partial(self._written, line),
            otherwise=partial(self._not_written, line),
        )

    def _written(self, line: PlanLine, contact_id: ContactId) -> None:
        self._unanswered = 0
        if not self._readback.waits_for(line):
            return  # it was seen among the newest contacts before its own answer came
        if line.contact_id is None:
            contact_made(line, contact_id)
        self._readback.expect([line], [contact_id])

    def _not_written(self, line: PlanLine, error: SonisbridgeError) -> None:
        match error:
            case SkipRecordError() | RetryLaterError() if not self._readback.waits_for(line):
                return  # likewise
            case SkipRecordError():
                self._unanswered = 0
                if error.code == "not-found" and line.contact_id is not None:
                    self._sides.mirror.forget([ContactId(str(line.contact_id))])
                self._readback.fail([line], *_refusal(error))
            case RetryLaterError():
                self._not_answered(line, error)
            case _:
                raise error

    def _not_answered(self, line: PlanLine, error: RetryLaterError) -> None:
        self._unanswered += 1
        if self._unanswered >= PATIENCE:
            raise StopRunError(f"ActiveCampaign does not answer: {error} The next run goes on from here.") from error
        if not error.sent or self._readback.settle([line]):
            self._readback.fail(
                [line], Kind.FAILED, Reason.NO_ANSWER, "ActiveCampaign did not answer. The next run looks again."
            )

    def _write(self, line: PlanLine) -> ContactId:
        account = self._sides.activecampaign
        wanted = {FieldId(key): pair[1] for key, pair in line.change.items()}
        if line.contact_id is None:
            return account.create_contact(wanted)
        contact_id = ContactId(str(line.contact_id))
        values = {key: value for key, value in wanted.items() if value}
        cleared = [key for key, value in wanted.items() if not value]
        if values:
            account.update_contact(contact_id, values)
        if cleared:
            account.clear_fields(contact_id, cleared)
        return contact_id


def _refusal(error: SkipRecordError) -> tuple[Kind, Reason, str]:
    if error.code == "duplicate":
        return Kind.CONFLICT, Reason.EMAIL_IN_USE, TAKEN
    if error.code == "not-found":
        return (
            Kind.FAILED,
            Reason.GONE,
            "The contact is gone from ActiveCampaign. The next run finds the person's contact or makes it.",
        )
    return Kind.FAILED, Reason.REFUSED, f"ActiveCampaign refused the change: {error}"
