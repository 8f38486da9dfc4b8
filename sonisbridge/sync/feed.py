"""Brings the lines of a plan to those who send them, a few hundred at a time, each looked at once more (rule 6.6)."""

from __future__ import annotations

from collections import deque
from functools import partial

from sonisbridge.activecampaign.limits import PAGE_ROWS
from sonisbridge.activecampaign.requests import bulk_row, bulk_row_bytes
from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactId, FieldId
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import eligibility
from sonisbridge.core.values import email_key
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import contact_mark, person_mark, save_outcomes

from .bulk import BulkSender, Row
from .lanes import Call
from .planning import contact_maker
from .routes import importable
from .running import Running
from .sides import Sides
from .singles import SingleSender


class Feed:
    """The lines of one plan on their way to be sent. Reads ahead only as far as the senders can use."""

    def __init__(
        self,
        sides: Sides,
        going: Running,
        bulk: BulkSender,
        singles: SingleSender,
        *,
        people_may_differ: bool,
        by_importer: bool,
        account_id: str | None,
    ) -> None:
        self._sides = sides
        self._bulk = bulk
        self._singles = singles
        self._people_may_differ = people_may_differ
        self._by_importer = by_importer
        self._account_id = account_id
        self._parts = going.plan.writes()
        self._part: list[PlanLine] = []
        self._to_look_at: deque[list[ContactId]] = deque()
        self._looking = 0
        self.over = False
        """Whether every line was handed on."""

    def call(self) -> Call | None:
        """The next look at contacts that are about to be changed; lines that need none are handed on at once."""
        while not self._to_look_at and not self._looking and not self.over and self._wanted():
            self._open_next()
        if not self._to_look_at:
            return None
        ids = self._to_look_at.popleft()
        self._looking += 1
        return Call(ask=partial(self._sides.activecampaign.contacts_by_ids, ids), then=partial(self._looked, ids))

    def _wanted(self) -> bool:
        return self._bulk.hungry and self._singles.hungry

    def _open_next(self) -> None:
        """Take the next lines. Contacts that the importer is about to find by their address are read again first.

        One that is gone would be made anew.
        """
        self._part = next(self._parts, [])
        if not self._part:
            self.over = True
            self._bulk.close()
            return
        ids = [
            ContactId(str(line.contact_id)) for line in self._part if line.contact_id is not None and importable(line)
        ]
        self._to_look_at.extend(ids[start : start + PAGE_ROWS] for start in range(0, len(ids), PAGE_ROWS))
        if not ids:
            self._hand_on()

    def _looked(self, ids: list[ContactId], contacts: list[Contact]) -> None:
        self._looking -= 1
        self._sides.mirror.save(contacts)
        self._sides.mirror.forget(set(ids) - {contact.contact_id for contact in contacts})
        if not self._looking and not self._to_look_at:
            self._hand_on()

    def _hand_on(self) -> None:
        for line in self._still_true(self._part):
            if self._by_importer and importable(line):
                self._bulk.add(self._row(line))
            else:
                self._singles.add(line)
        self._part = []

    def _row(self, line: PlanLine) -> Row:
        values = {FieldId(key): pair[1] for key, pair in line.change.items()}
        values[EMAIL] = line.email
        policy = self._sides.policy
        name = policy.account_name if line.link_account and self._account_id else ""
        body = bulk_row(values, account_name=name, exclude_automations=not policy.automations)
        return Row(line=line, body=body, size=bulk_row_bytes(body))

    def _still_true(self, lines: list[PlanLine]) -> list[PlanLine]:
        """The lines whose person and contact are as they were when the line was made; the others are left out."""
        stale = self._contacts_differ(lines)
        if self._people_may_differ:
            stale |= self._people_differ(lines)
        left_out = [line for line in lines if line.pk in stale]
        for line in left_out:
            line.outcome, line.reason = Kind.SKIPPED, Reason.CHANGED_SINCE_PLAN
            line.message = wording.skipped(Reason.CHANGED_SINCE_PLAN)
        save_outcomes(left_out)
        return [line for line in lines if line.pk not in stale]

    def _contacts_differ(self, lines: list[PlanLine]) -> set[int]:
        """Lines whose contact changed, is gone, or whose address somebody holds by now (rules 5.3 and 6.6)."""
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
