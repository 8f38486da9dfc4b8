"""Reads back what was written: only what ActiveCampaign says afterwards counts (rule 6.7)."""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from django.utils import timezone

from sonisbridge.activecampaign.limits import PAGE_ROWS
from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactId, FieldId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, SonisbridgeError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import FieldChange
from sonisbridge.core.values import email_key, same_value
from sonisbridge.store.links import Confirmed
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import record_drift, save_outcomes

from .lanes import Call
from .running import Running
from .sides import Sides

TAKEN = "Not sent: another contact took the address a moment ago. The next run looks again."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """A line whose contact was read back, and the fields that do not hold what was sent."""

    line: PlanLine
    contact: Contact
    lost: Mapping[FieldId, FieldChange]


class ReadBack:
    """Collects lines that were sent, reads their contacts in full pages, and judges each line."""

    def __init__(self, sides: Sides, going: Running, account_id: str | None, total: int) -> None:
        self._sides = sides
        self._going = going
        self._account_id = account_id
        self._total = total
        self._done = 0
        self._kinds = {item.field_id: item.kind for item in sides.fields}
        self._highest_before = sides.mirror.highest_id()
        self._by_id: dict[ContactId, PlanLine] = {}
        self._by_email: dict[str, PlanLine] = {}
        self._to_read: deque[ContactId] = deque()
        self._unlinked: deque[_Seen] = deque()
        self._linking: dict[int, _Seen] = {}
        self._by_call: set[int] = set()

    @property
    def in_hand(self) -> int:
        """How many lines were sent whose outcome is not known."""
        return len(self._by_email) + len(self._by_id) + len(self._unlinked) + len(self._linking)

    def waits_for(self, line: PlanLine) -> bool:
        """Whether the line was sent and nothing of its contact was seen since."""
        if line.contact_id is None:
            return self._by_email.get(email_key(line.email)) is line
        return self._by_id.get(ContactId(str(line.contact_id))) is line

    def sent(self, lines: Iterable[PlanLine], *, by_call: bool = False) -> None:
        """These lines are on their way, by the importer or each `by_call`."""
        for line in lines:
            if by_call:
                self._by_call.add(line.pk)
            if line.contact_id is None:
                self._by_email[email_key(line.email)] = line
            else:
                self._by_id[ContactId(str(line.contact_id))] = line

    def not_sent(self, lines: Iterable[PlanLine]) -> None:
        """These lines are not on their way any more."""
        for line in lines:
            self._by_email.pop(email_key(line.email), None)
            self._by_id.pop(ContactId(str(line.contact_id)), None)

    def expect(self, lines: Iterable[PlanLine], contact_ids: Iterable[ContactId]) -> None:
        """These lines were carried out, as far as the other side says; `contact_ids` are the contacts it named."""
        lines = list(lines)
        self.sent(lines)
        known = {ContactId(str(line.contact_id)) for line in lines if line.contact_id is not None}
        self._to_read.extend(known)
        self._to_read.extend(contact_id for contact_id in contact_ids if contact_id not in known)

    def page(self, *, last: bool) -> Call | None:
        """A full page of contacts to read back. `last`: nothing more will be written, so a part of a page will do."""
        if not self._to_read or (len(self._to_read) < PAGE_ROWS and not last):
            return None
        ids = [self._to_read.popleft() for _ in range(min(PAGE_ROWS, len(self._to_read)))]
        return Call(ask=partial(self._sides.activecampaign.contacts_by_ids, ids), then=partial(self._read, ids))

    def link(self) -> Call | None:
        """The next contact to be put into the account, where the importer did not do it (rule 6.3)."""
        if not self._unlinked or self._account_id is None:
            return None
        seen = self._unlinked.popleft()
        self._linking[seen.line.pk] = seen
        return Call(
            ask=partial(self._sides.activecampaign.link_account, seen.contact.contact_id, self._account_id),
            then=partial(self._linked, seen),
            otherwise=partial(self._not_linked, seen),
        )

    def see(self, contacts: Iterable[Contact]) -> int:
        """Judge the lines of contacts that hold all that was sent, the others being not yet done; says how many."""
        return self._judge(contacts, only_whole=True, linked_too=self._sides.institution.importer_links is not False)

    def finish(self) -> None:
        """A line whose contact was named by nobody is looked for by its address."""
        for line in list(self._by_email.values()):
            contact = self._sides.activecampaign.contact_by_email(line.email)
            if contact is not None:
                self._judge([contact])
        while link := self.link():
            _at_once(link)
        self._give_up([*self._by_email.values(), *self._by_id.values()])

    def end_unlinked(self) -> None:
        """The run ends: what was read back but not put into the account has its outcome too."""
        self._end([*self._linking.values(), *self._unlinked])
        self._linking, self._unlinked = {}, deque()

    def fail(self, lines: list[PlanLine], kind: Kind, reason: Reason, message: str) -> None:
        """These lines were not carried out."""
        self.not_sent(lines)
        for line in lines:
            line.outcome, line.reason, line.message = kind, reason, message
        self._record(lines)

    def settle(self, lines: list[PlanLine]) -> list[PlanLine]:
        """Judge lines that may or may not have been carried out, by what stands there now; the others are given back."""
        created = {email_key(line.email): line for line in lines if line.contact_id is None}
        updated = {ContactId(str(line.contact_id)): line for line in lines if line.contact_id is not None}
        self._by_email.update(created)
        self._by_id.update(updated)
        ids = list(updated)
        for start in range(0, len(ids), PAGE_ROWS):
            self._judge(
                self._sides.activecampaign.contacts_by_ids(ids[start : start + PAGE_ROWS]),
                only_whole=True,
            )
        if created:
            found = self._possibly_created(created)
            self._judge(found, only_whole=True)
            self._leave_to_strangers(created, found)
        missing = [line for line in lines if self.waits_for(line)]
        self.not_sent(missing)
        return missing

    def _leave_to_strangers(self, created: Mapping[str, PlanLine], found: Iterable[Contact]) -> None:
        """End the lines whose address another contact holds by now: what is sent again must not overwrite it (rule 5.3)."""
        taken = []
        for contact in found:
            line = created[email_key(contact.value(EMAIL))]
            if self.waits_for(line) and contact.value(self._sides.sonis_id_field).strip() != line.sonis_id:
                taken.append(line)
        self.fail(taken, Kind.CONFLICT, Reason.EMAIL_IN_USE, TAKEN)

    def _possibly_created(self, created: Mapping[str, PlanLine]) -> list[Contact]:
        """The contacts that stand at these addresses now: found by address, or among all that are new, what is less."""
        account = self._sides.activecampaign
        if len(created) <= 5 + self._done // PAGE_ROWS:
            looked_up = (account.contact_by_email(line.email) for line in created.values())
            return [contact for contact in looked_up if contact is not None]
        found: list[Contact] = []
        last = self._highest_before
        while True:
            page = account.contacts_page(last)
            found += [contact for contact in page.contacts if email_key(contact.value(EMAIL)) in created]
            if not page.full or page.last_id is None:
                return found
            last = page.last_id

    def _read(self, ids: list[ContactId], contacts: list[Contact]) -> None:
        self._judge(contacts)
        gone = set(ids) - {contact.contact_id for contact in contacts}
        self._sides.mirror.forget(gone)
        self._give_up([self._by_id[contact_id] for contact_id in gone if contact_id in self._by_id])

    def _judge(self, contacts: Iterable[Contact], *, only_whole: bool = False, linked_too: bool = False) -> int:
        """Give the line of each contact its outcome, and say how many that were.

        With `only_whole`, only where everything that was sent is there; with `linked_too`, the account besides.
        """
        ready: list[_Seen] = []
        for contact in contacts:
            line = self._line_of(contact)
            if line is None:
                continue
            seen = _Seen(line=line, contact=contact, lost=self._not_kept(line, contact))
            unlinked = bool(line.link_account and self._account_id) and contact.account_id is None
            if (only_whole and seen.lost) or (linked_too and unlinked):
                continue
            self._by_id.pop(contact.contact_id, None)
            self._by_email.pop(email_key(line.email), None)
            if line.contact_id is None and line.link_account and line.pk not in self._by_call:
                self._learn_whether_linked(not unlinked)
            if unlinked:
                self._unlinked.append(seen)
            else:
                ready.append(seen)
        self._end(ready)
        return len(ready)

    def _learn_whether_linked(self, linked: bool) -> None:
        """Keep whether the importer puts contacts into the account (rule 6.3)."""
        row = self._sides.institution
        if self._account_id and row.importer_links is not linked:
            row.importer_links = linked
            row.save(update_fields=["importer_links"])

    def _end(self, items: list[_Seen]) -> None:
        """Write down what became of these lines."""
        confirmed = [found for item in items for found in self._give_outcome(item.line, item.contact, item.lost)]
        lines = [item.line for item in items]
        self._sides.mirror.save(item.contact for item in items)
        self._sides.links.confirm(confirmed, run=self._going.run.pk)
        record_drift((line for line in lines if line.outcome == Kind.UPDATED), timezone.now())
        self._record(lines)

    def _record(self, lines: list[PlanLine]) -> None:
        save_outcomes(lines)
        self._done += len(lines)
        self._going.progress("Sending", self._done, self._total)

    def _linked(self, seen: _Seen, _answer: object) -> None:
        self._linking.pop(seen.line.pk, None)
        self._end([dataclasses.replace(seen, contact=dataclasses.replace(seen.contact, account_id=self._account_id))])

    def _not_linked(self, seen: _Seen, error: SonisbridgeError) -> None:
        self._linking.pop(seen.line.pk, None)
        if isinstance(error, (SkipRecordError, RetryLaterError)):
            seen.line.message = f"{seen.line.message} The contact could not be linked to the account: {error}".strip()
        self._end([seen])
        if not isinstance(error, (SkipRecordError, RetryLaterError)):
            raise error

    def _line_of(self, contact: Contact) -> PlanLine | None:
        line = self._by_id.get(contact.contact_id)
        return line or self._by_email.get(email_key(contact.value(EMAIL)))

    def _not_kept(self, line: PlanLine, contact: Contact) -> dict[FieldId, FieldChange]:
        """The fields that do not hold what was sent: `before` is what was read back, `after` what was sent."""
        lost = {}
        for key, (_before, sent) in line.change.items():
            field_id = FieldId(key)
            held = contact.value(field_id)
            kind = self._kinds.get(field_id, "text")
            same = email_key(sent) == email_key(held) if field_id == EMAIL else same_value(kind, sent, held)
            if not same:
                lost[field_id] = FieldChange(before=held, after=sent)
        return lost

    def _give_outcome(self, line: PlanLine, contact: Contact, lost: Mapping[FieldId, FieldChange]) -> list[Confirmed]:
        made = line.contact_id is None
        line.contact_id = int(contact.contact_id)
        if made and contact.lists:
            line.outcome, line.reason = Kind.CONFLICT, Reason.EMAIL_IN_USE
            line.message = (
                f"Contact {contact.contact_id} was made with this address while the export went on, and the export "
                "wrote to it. Look whose it is."
            )
            return []
        notes = line.message
        if lost:
            line.outcome, line.message = Kind.NOT_KEPT, wording.not_kept(lost, self._sides.fields)
        elif not line.change and not self._account_id:
            line.outcome, line.message = (
                Kind.UNCHANGED,
                "ActiveCampaign offers no account to put the contact into.",
            )
        elif not line.change and contact.account_id is None:
            line.outcome, line.reason = Kind.FAILED, Reason.NO_ANSWER
            line.message = "The contact could not be put into the account. The next run tries again."
        elif made:
            line.outcome, line.message = Kind.CREATED, wording.created(len(line.change))
        else:
            line.outcome = Kind.UPDATED
            changes = {FieldId(key): FieldChange(before=pair[0], after=pair[1]) for key, pair in line.change.items()}
            line.message = wording.updated(
                changes,
                self._sides.fields,
                linked=line.link_account and contact.account_id == self._account_id,
                account=self._sides.policy.account_name,
            )
        line.message = f"{line.message} {notes}".strip()
        kept = {FieldId(key): contact.value(FieldId(key)) for key in line.change if FieldId(key) not in lost}
        return [
            Confirmed(
                sonis_id=SonisId(line.sonis_id),
                contact_id=contact.contact_id,
                how=line.how,
                values=kept,
                not_kept={key: (change.after, change.before) for key, change in lost.items()},
            )
        ]

    def _give_up(self, lines: list[PlanLine]) -> None:
        self.fail(
            lines,
            Kind.FAILED,
            Reason.GONE,
            "The contact was not there when it was read back. The next run finds the person's contact or makes it.",
        )


def _at_once(call: Call) -> None:
    try:
        answer = call.ask()
    except SonisbridgeError as error:
        if call.otherwise is None:
            raise
        call.otherwise(error)
    else:
        call.then(answer)
