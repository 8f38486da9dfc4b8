"""Reads back what was written: only what ActiveCampaign says afterwards counts (rule 6.7)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from django.utils import timezone

from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactId, FieldId
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, StopRunError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import FieldChange
from sonisbridge.core.values import email_key, same_value
from sonisbridge.store.links import Confirmed
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import record_drift, save_outcomes

from .running import Running
from .sides import Sides

PAGE = 100
TAKEN = "Not sent: another contact took the address a moment ago. The next run looks again."


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
        self._to_read: list[ContactId] = []

    def expect(self, lines: Iterable[PlanLine], contact_ids: Iterable[ContactId]) -> None:
        """These lines were carried out, as far as the other side says; `contact_ids` are the contacts it named."""
        known = set()
        for line in lines:
            if line.contact_id is None:
                self._by_email[email_key(line.email)] = line
            else:
                contact_id = ContactId(str(line.contact_id))
                self._by_id[contact_id] = line
                self._to_read.append(contact_id)
                known.add(contact_id)
        self._to_read.extend(contact_id for contact_id in contact_ids if contact_id not in known)
        while len(self._to_read) >= PAGE:
            self._read_page()

    def finish(self) -> None:
        """Read the rest. A line whose contact was named by nobody is looked for by its address."""
        while self._to_read:
            self._read_page()
        for line in list(self._by_email.values()):
            contact = self._sides.activecampaign.contact_by_email(line.email)
            if contact is not None:
                self._judge([contact])
        self._give_up([*self._by_email.values(), *self._by_id.values()])

    def settle(self, lines: list[PlanLine]) -> list[PlanLine]:
        """Judge lines that may or may not have been carried out, by what stands there now; the others are given back."""
        created = {email_key(line.email): line for line in lines if line.contact_id is None}
        updated = {ContactId(str(line.contact_id)): line for line in lines if line.contact_id is not None}
        self._by_email.update(created)
        self._by_id.update(updated)
        ids = list(updated)
        for start in range(0, len(ids), PAGE):
            self._judge(
                self._sides.activecampaign.contacts_by_ids(ids[start : start + PAGE]),
                only_whole=True,
            )
        if created:
            found = self._possibly_created(created)
            self._judge(found, only_whole=True)
            self._leave_to_strangers(created, found)
        missing = [line for line in lines if not line.outcome]
        for line in missing:
            self._by_email.pop(email_key(line.email), None)
            self._by_id.pop(ContactId(str(line.contact_id)), None)
        return missing

    def _leave_to_strangers(self, created: Mapping[str, PlanLine], found: Iterable[Contact]) -> None:
        """End the lines whose address another contact holds by now: what is sent again must not overwrite it (rule 5.3)."""
        taken = []
        for contact in found:
            line = created[email_key(contact.value(EMAIL))]
            if not line.outcome and contact.value(self._sides.sonis_id_field).strip() != line.sonis_id:
                line.outcome, line.reason, line.message = Kind.CONFLICT, Reason.EMAIL_IN_USE, TAKEN
                taken.append(line)
                del self._by_email[email_key(line.email)]
        save_outcomes(taken)

    def _possibly_created(self, created: Mapping[str, PlanLine]) -> list[Contact]:
        """The contacts that stand at these addresses now: found by address, or among all that are new, what is less."""
        account = self._sides.activecampaign
        if len(created) <= 5 + self._done // PAGE:
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

    def _read_page(self) -> None:
        ids, self._to_read = self._to_read[:PAGE], self._to_read[PAGE:]
        contacts = self._sides.activecampaign.contacts_by_ids(ids)
        self._judge(contacts)
        gone = set(ids) - {contact.contact_id for contact in contacts}
        self._sides.mirror.forget(gone)
        self._give_up([self._by_id[contact_id] for contact_id in gone if contact_id in self._by_id])

    def _judge(self, contacts: Iterable[Contact], *, only_whole: bool = False) -> None:
        """Give the line of each contact its outcome. With `only_whole`, only where everything that was sent is there."""
        judged: list[PlanLine] = []
        confirmed: list[Confirmed] = []
        seen: list[Contact] = []
        stopped: StopRunError | None = None
        for contact in contacts:
            line = self._line_of(contact)
            if line is None:
                continue
            lost = self._not_kept(line, contact)
            if only_whole and lost:
                continue
            try:
                held = contact if stopped else self._with_account(line, contact)
            except StopRunError as error:
                stopped, held = error, contact
            seen.append(held)
            confirmed += self._give_outcome(line, held, lost)
            judged.append(line)
            self._by_id.pop(contact.contact_id, None)
            self._by_email.pop(email_key(line.email), None)
        self._sides.mirror.save(seen)
        self._sides.links.confirm(confirmed, run=self._going.run.pk)
        record_drift((line for line in judged if line.outcome == Kind.UPDATED), timezone.now())
        save_outcomes(judged)
        self._done += len(judged)
        if stopped:
            raise stopped
        self._going.progress("Sending", self._done, self._total)

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

    def _with_account(self, line: PlanLine, contact: Contact) -> Contact:
        """The contact in our account: linked by a single call where the importer did not do it (rule 6.3)."""
        if not line.link_account or not self._account_id:
            return contact
        if contact.account_id is not None:
            return contact
        try:
            self._sides.activecampaign.link_account(contact.contact_id, self._account_id)
        except (SkipRecordError, RetryLaterError) as error:
            line.message = f"{line.message} The contact could not be linked to the account: {error}".strip()
            return contact
        return dataclasses.replace(contact, account_id=self._account_id)

    def _give_up(self, lines: list[PlanLine]) -> None:
        for line in lines:
            line.outcome, line.reason = Kind.FAILED, Reason.GONE
            line.message = (
                "The contact was not there when it was read back. The next run finds the person's contact or makes it."
            )
            self._by_id.pop(ContactId(str(line.contact_id)), None)
            self._by_email.pop(email_key(line.email), None)
        save_outcomes(lines)
