"""Applies a stored plan: check that each line still holds, send it the quickest lawful way, read it back (rules 6.4 to 6.7).

Every change is written down as sent before it is sent, and its outcome as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from sonisbridge.activecampaign.limits import BULK_BYTES, BULK_ROWS
from sonisbridge.activecampaign.requests import (
    BULK_FRAME_BYTES,
    bulk_row,
    bulk_row_bytes,
)
from sonisbridge.core import wording
from sonisbridge.core.batches import batches
from sonisbridge.core.contact import EMAIL, ContactId, FieldId
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import eligibility
from sonisbridge.core.values import email_key
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import contact_mark, mark_sent, person_mark, save_outcomes

from . import mirror
from .accounts import made_account
from .bulk import BulkSender, Row
from .planning import contact_maker
from .readback import ReadBack
from .routes import importable
from .running import Running
from .sides import Sides
from .singles import SingleSender

FEW = 10
"""Up to so many changes go by single calls where automations may run: the importer's own advice."""


def apply_plan(sides: Sides, going: Running, *, people_may_differ: bool) -> None:
    """Send every line of the stored plan that still holds, and record what became of it."""
    total = sum(many for kind, many in going.plan.sizes().items() if kind in {Kind.CREATED, Kind.UPDATED})
    if total:
        mirror.refresh(sides, going, again=True)
        applier = Applier(sides, going, made_account(sides), total)
        applier.apply(people_may_differ)
    going.count_up()


class Applier:
    """One plan being applied."""

    def __init__(self, sides: Sides, going: Running, account_id: str | None, total: int) -> None:
        self._sides = sides
        self._going = going
        self._account_id = account_id
        self._total = total
        self._readback = ReadBack(sides, going, account_id, total)
        self._singles = SingleSender(sides, going, self._readback)
        self._bulk = BulkSender(sides, going, self._readback)

    def apply(self, people_may_differ: bool) -> None:
        """Go through the lines once; then wait for what the importer still works on, and read back the rest."""
        if self._sides.institution.wrote_at is None:
            self._sides.institution.wrote_at = timezone.now()
            self._sides.institution.save(update_fields=["wrote_at"])
        rows = batches(
            self._bulk_rows(people_may_differ),
            size_of=lambda row: row.size,
            most_rows=BULK_ROWS,
            most_bytes=BULK_BYTES,
            frame_bytes=BULK_FRAME_BYTES,
        )
        for batch in rows:
            mark_sent(row.line for row in batch)
            self._bulk.send(batch)
        self._bulk.finish()
        self._readback.finish()

    def _bulk_rows(self, people_may_differ: bool) -> Iterator[Row]:
        """The rows that the importer carries; every other line is sent by single calls on the way."""
        by_importer = not self._sides.policy.automations or self._total > FEW
        for part in self._going.plan.writes():
            fresh = self._still_true(part, people_may_differ)
            for line in fresh:
                if by_importer and importable(line):
                    yield self._row(line)
                else:
                    mark_sent([line])
                    self._singles.send(line)

    def _row(self, line: PlanLine) -> Row:
        values = {FieldId(key): pair[1] for key, pair in line.change.items()}
        values[EMAIL] = line.email
        policy = self._sides.policy
        name = policy.account_name if line.link_account and self._account_id else ""
        body = bulk_row(values, account_name=name, exclude_automations=not policy.automations)
        return Row(line=line, body=body, size=bulk_row_bytes(body))

    def _still_true(self, lines: list[PlanLine], people_may_differ: bool) -> list[PlanLine]:
        """The lines whose person and contact are as they were when the line was made; the others are left out."""
        stale = self._contacts_differ(lines)
        if people_may_differ:
            stale |= self._people_differ(lines)
        left_out = [line for line in lines if line.pk in stale]
        for line in left_out:
            line.outcome, line.reason = Kind.SKIPPED, Reason.CHANGED_SINCE_PLAN
            line.message = wording.skipped(Reason.CHANGED_SINCE_PLAN)
        save_outcomes(left_out)
        return [line for line in lines if line.pk not in stale]

    def _contacts_differ(self, lines: list[PlanLine]) -> set[int]:
        """Lines whose contact changed, is gone, or whose address somebody holds by now (rules 5.3 and 6.6)."""
        self._read_again([line for line in lines if line.contact_id is not None and importable(line)])
        found = self._sides.mirror.contacts(ContactId(str(line.contact_id)) for line in lines if line.contact_id)
        needed = {line.pk: _new_address(line) for line in lines if _new_address(line)}
        held = self._sides.mirror.holders(needed.values())
        stale = set()
        for line in lines:
            if line.contact_id is not None:
                contact = found.get(ContactId(str(line.contact_id)))
                if contact is None or contact_mark(contact) != line.contact_mark:
                    stale.add(line.pk)
            others = held.get(email_key(needed.get(line.pk, "")), [])
            if any(other != str(line.contact_id) for other in others):
                stale.add(line.pk)
        return stale

    def _read_again(self, lines: list[PlanLine]) -> None:
        """Read contacts that the importer is about to find by their address: one that is gone would be made anew."""
        ids = [ContactId(str(line.contact_id)) for line in lines]
        for start in range(0, len(ids), 100):
            part = ids[start : start + 100]
            contacts = self._sides.activecampaign.contacts_by_ids(part)
            self._sides.mirror.save(contacts)
            self._sides.mirror.forget(set(part) - {contact.contact_id for contact in contacts})

    def _people_differ(self, lines: list[PlanLine]) -> set[int]:
        wanted = {SonisId(line.sonis_id): line for line in lines}
        converted = self._sides.ledger.recognise(self._sides.sonis.waiting_prospects())
        maker = contact_maker(self._sides, converted.values())
        same = set()
        for person in self._sides.sonis.people_by_id(list(wanted)):
            desired = maker.desired(person)
            line = wanted[person.sonis_id]
            if line.person_mark == person_mark(desired) and eligibility(person, self._sides.policy) is None:
                same.add(line.pk)
        return {line.pk for line in lines} - same


def _new_address(line: PlanLine) -> str:
    """The address that the line brings to a contact, "" when it brings none."""
    pair = line.change.get(EMAIL)
    return str(pair[1]) if pair else ""
