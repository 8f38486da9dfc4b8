"""Sends a line by single calls: few changes, renames, clears and account links (rules 6.4, 6.6)."""

from __future__ import annotations

from sonisbridge.core.contact import ContactId, FieldId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, StopRunError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import contact_made, save_outcomes

from .readback import TAKEN, ReadBack
from .running import Running
from .sides import Sides

PATIENCE = 5
"""So many changes in a row without an answer end the run: ActiveCampaign is away."""


class SingleSender:
    """Sends lines one at a time and hands them to the read-back."""

    def __init__(self, sides: Sides, going: Running, readback: ReadBack) -> None:
        self._sides = sides
        self._going = going
        self._readback = readback
        self._unanswered = 0

    def send(self, line: PlanLine) -> None:
        """Create or update the line's contact. One that fails gets its outcome; the run goes on."""
        try:
            contact_id = self._write(line)
        except SkipRecordError as error:
            self._unanswered = 0
            if error.code == "not-found" and line.contact_id is not None:
                self._sides.mirror.forget([ContactId(str(line.contact_id))])
            self._fail(line, *_refusal(error))
        except RetryLaterError as error:
            self._unanswered += 1
            if self._unanswered >= PATIENCE:
                raise StopRunError(
                    f"ActiveCampaign does not answer: {error} The next run goes on from here."
                ) from error
            if error.sent:
                self._readback.settle([line])
            if not line.outcome:
                self._fail(
                    line,
                    Reason.NO_ANSWER,
                    "ActiveCampaign did not answer. The next run looks again.",
                )
        else:
            self._unanswered = 0
            self._readback.expect([line], [contact_id])

    def _write(self, line: PlanLine) -> ContactId:
        account = self._sides.activecampaign
        wanted = {FieldId(key): pair[1] for key, pair in line.change.items()}
        if line.contact_id is None:
            made = account.create_contact(wanted)
            contact_made(line, made)
            return made
        contact_id = ContactId(str(line.contact_id))
        values = {key: value for key, value in wanted.items() if value}
        cleared = [key for key, value in wanted.items() if not value]
        if values:
            account.update_contact(contact_id, values)
        if cleared:
            account.clear_fields(contact_id, cleared)
        return contact_id

    def _fail(self, line: PlanLine, reason: Reason, message: str) -> None:
        kind = Kind.CONFLICT if reason is Reason.EMAIL_IN_USE else Kind.FAILED
        line.outcome, line.reason, line.message = kind, reason, message
        save_outcomes([line])


def _refusal(error: SkipRecordError) -> tuple[Reason, str]:
    if error.code == "duplicate":
        return Reason.EMAIL_IN_USE, TAKEN
    if error.code == "not-found":
        return (
            Reason.GONE,
            "The contact is gone from ActiveCampaign. The next run finds the person's contact or makes it.",
        )
    return Reason.REFUSED, f"ActiveCampaign refused the change: {error}"
