"""Makes the plan of an export: for everybody the filters name, one line, stored as it is made (rule 6.1)."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar, assert_never

from django.utils import timezone

from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactId
from sonisbridge.core.desired import ContactMaker, DesiredContact
from sonisbridge.core.field_mapping import unlabelled_codes
from sonisbridge.core.filters import Filters
from sonisbridge.core.matching import ContactIndex, Known, Matched, Matcher
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import Identity, PersonRecord, SonisId
from sonisbridge.core.plan import (
    NOTHING_KEPT,
    ConflictLine,
    CreateContact,
    Kept,
    Line,
    PlanMaker,
    SkipPerson,
    StillNotKept,
    Unchanged,
    UpdateContact,
    eligibility,
)
from sonisbridge.store import conflicts, institutions
from sonisbridge.store.links import Confirmed
from sonisbridge.store.models import PlanLine
from sonisbridge.store.plans import NAME_LENGTH, contact_mark, person_mark

from . import recognition
from .routes import importable
from .running import Running
from .sides import Sides

logger = logging.getLogger("sonisbridge.plan")

Item = TypeVar("Item")
_CHUNK = 500
UNSHIELDED = (
    "A rename, a cleared field or an account link goes by a single call; automations in ActiveCampaign may react."
)


def make_plan(sides: Sides, going: Running, filters: Filters, account_id: str | None) -> None:
    """Store what an export would change; change nothing but our own links and lists of conflicts."""
    going.progress("Matching people and contacts")
    began = time.monotonic()
    going.run.plan_mark = institutions.plan_mark(sides.institution)
    planning = Planning(sides, going, account_id)
    going.run.warnings = dict.fromkeys(
        unlabelled_codes(sides.field_mapping, sides.codes, sides.fields, sides.policy), 1
    )
    for people in chunks(sides.sonis.people(filters), _CHUNK):
        planning.plan(people)
        going.progress("Planning", planning.read)
    planning.finish(whole=filters.everybody)
    logger.info("run %s planned %s people in %.2f s", going.run.pk, planning.read, time.monotonic() - began)
    going.run.planned_at = timezone.now()
    going.run.save(update_fields=["planned_at", "plan_mark", "warnings", "drift", "counts"])


def contact_maker(sides: Sides, converted: Iterable[str]) -> ContactMaker:
    """The compiled field mapping of an institution."""
    began = frozenset(SonisId(sonis_id) for sonis_id in converted)
    return ContactMaker(sides.field_mapping, sides.fields, sides.codes, sides.policy, began)


def link_converted(sides: Sides, run: int) -> dict[ContactId, str]:
    """Link the people whom SONIS made from our imports to their contacts, once (rule 7.5). Contact id to SONIS ID."""
    converted = recognition.recognised(sides.sonis, sides.ledger, list(sides.sonis.waiting_prospects()))
    held = sides.mirror.contacts(converted)
    carried = {contact_id: contact.value(sides.sonis_id_field).strip() for contact_id, contact in held.items()}
    for sonis_id, contact_id in converted_links(converted, carried, sides.links.all()):
        sides.links.keep(sonis_id, contact_id, how="import", run=run)
    return converted


def converted_links(
    converted: Mapping[ContactId, str], carried: Mapping[ContactId, str], links: Mapping[SonisId, ContactId]
) -> Iterator[tuple[SonisId, ContactId]]:
    """Whom to link to which contact, of the people whom SONIS made from our imports: where neither is linked already.

    `carried` are the contacts that are there, with the SONIS_ID that each of them carries.
    """
    taken = set(links.values())
    for contact_id, carries in carried.items():
        sonis_id = SonisId(converted[contact_id])
        if sonis_id not in links and contact_id not in taken and carries in {"", sonis_id}:
            yield sonis_id, contact_id


class Planning:
    """One plan in the making."""

    def __init__(self, sides: Sides, going: Running, account_id: str | None) -> None:
        self.read = 0
        self._sides = sides
        self._going = going
        converted = link_converted(sides, going.run.pk)
        self._maker = contact_maker(sides, converted.values())
        self._links = sides.links.all()
        known = Known(links=self._links, decided=sides.links.decided(), not_same=sides.links.not_same())
        self._names: dict[str, str] = {}
        self._matcher = Matcher(
            self._noting_names(),
            ContactIndex(sides.mirror.heads(sides.sonis_id_field)),
            known,
            skip_excl_mailing=sides.policy.exclude_excl_mailing,
        )
        self._lines = PlanMaker(sides.field_mapping, sides.fields, account_id=account_id, ignored=sides.links.ignored())
        self._notes: Counter[str] = Counter()
        self._conflicts: list[conflicts.Found] = []
        self._seen: set[str] = set()

    def _noting_names(self) -> Iterator[Identity]:
        for person in self._sides.sonis.identities():
            self._names[person.sonis_id] = f"{person.first_name} {person.last_name}".strip()
            yield person

    def plan(self, people: list[PersonRecord]) -> None:
        """Add the lines of these people."""
        matches = {person.sonis_id: self._matcher.match(person.sonis_id) for person in people}
        wanted = [match.contact_id for match in matches.values() if isinstance(match, Matched)]
        contacts = self._sides.mirror.contacts(wanted)
        kept = self._sides.links.kept(matches)
        settled: list[Confirmed] = []
        unchanged: list[SonisId] = []
        for person in people:
            reason = eligibility(person, self._sides.policy)
            if reason is Reason.NOT_ELIGIBLE and person.sonis_id not in self._links:
                continue
            self.read += 1
            self._seen.add(person.sonis_id)
            match = matches[person.sonis_id]
            if reason is not None or match is None:
                skipped = SkipPerson(sonis_id=person.sonis_id, reason=reason or Reason.CHANGED_SINCE_PLAN)
                self._store(skipped, None, None)
                continue
            desired = self._maker.desired(person)
            contact = contacts.get(match.contact_id) if isinstance(match, Matched) else None
            line = self._lines.line(desired, match, contact, self._kept(person.sonis_id, contact, kept))
            self._store(line, desired, contact, how=match.how if isinstance(match, Matched) else "")
            if isinstance(line, Unchanged):
                unchanged.append(person.sonis_id)
                if self._links.get(person.sonis_id) != line.contact_id and isinstance(match, Matched):
                    settled.append(_settled(match, desired, contact))
        self._sides.links.checked(unchanged, run=self._going.run.pk)
        self._sides.links.confirm(settled, run=self._going.run.pk)

    def _kept(self, sonis_id: SonisId, contact: Contact | None, kept: Mapping[SonisId, Kept]) -> Kept:
        """What is known of the matched contact's fields: nothing, when earlier runs wrote to another one."""
        linked = contact is not None and self._links.get(sonis_id) == contact.contact_id
        return kept.get(sonis_id, NOTHING_KEPT) if linked else NOTHING_KEPT

    def _name(self, sonis_id: str) -> str:
        return self._names.get(sonis_id, "")[:NAME_LENGTH]

    def _store(self, line: Line, desired: DesiredContact | None, contact: Contact | None, *, how: str = "") -> None:
        self._notes.update(desired.notes if desired else ())
        match line:
            case Unchanged():
                return
            case CreateContact() | UpdateContact():
                self._store_write(line, desired, contact, how)
            case SkipPerson():
                self._add(
                    line.sonis_id,
                    Kind.SKIPPED,
                    line.reason,
                    wording.skipped(line.reason),
                    line.contact_id,
                )
            case StillNotKept():
                text = wording.not_kept(line.fields, self._sides.fields)
                self._add(line.sonis_id, Kind.NOT_KEPT, "", text, line.contact_id)
            case ConflictLine():
                self._store_conflict(line)
            case _:
                assert_never(line)

    def _store_write(
        self,
        line: CreateContact | UpdateContact,
        desired: DesiredContact | None,
        contact: Contact | None,
        how: str,
    ) -> None:
        assert desired is not None
        row = PlanLine(sonis_id=line.sonis_id, name=self._name(line.sonis_id), how=how or "created")
        if isinstance(line, CreateContact):
            row.planned, row.email, row.link_account = Kind.CREATED, line.fields[EMAIL], True
            row.change = {field_id: ["", value] for field_id, value in line.fields.items()}
        else:
            assert contact is not None
            row.planned, row.email, row.link_account = Kind.UPDATED, line.email, line.link_account
            row.contact_id, row.contact_mark = int(line.contact_id), contact_mark(contact)
            row.change = {field_id: [item.before, item.after] for field_id, item in line.fields.items()}
            self._going.run.drift += len(line.drift)
            row.drift = [item.field_id for item in line.drift]
        row.person_mark = person_mark(desired)
        row.message = " ".join(line.notes)
        if not self._sides.policy.automations and not importable(row):
            self._notes[UNSHIELDED] += 1
        self._going.plan.add(row)

    def _store_conflict(self, line: ConflictLine) -> None:
        found = line.conflict
        message = wording.conflict(found, lambda sonis_id: self._names.get(sonis_id, ""))
        contact_id = found.contact_ids[0] if found.contact_ids else None
        self._add(line.sonis_id, Kind.CONFLICT, found.reason, message, contact_id)
        self._conflicts.append(
            conflicts.Found(
                reason=found.reason,
                sonis_id=line.sonis_id,
                contact_ids=found.contact_ids,
                proposed=found.proposed,
                message=message,
                name=self._names.get(line.sonis_id, ""),
            )
        )

    def _add(self, sonis_id: str, kind: Kind, reason: str, message: str, contact_id: ContactId | None) -> None:
        self._going.plan.add(
            PlanLine(
                sonis_id=sonis_id,
                contact_id=int(contact_id) if contact_id else None,
                name=self._name(sonis_id),
                planned=kind,
                outcome=kind,
                reason=str(reason),
                message=message,
            )
        )

    def finish(self, *, whole: bool) -> None:
        """Store what waits, and the list of conflicts."""
        self._going.plan.flush()
        self._going.run.warnings.update(self._notes)
        self._going.run.counts = {"read": self.read}
        self._conflicts += self._orphans()
        many = sum(1 for item in self._conflicts if not item.sonis_id)
        if many:
            self._going.run.warnings[
                "Contacts carry a SONIS ID that names nobody in SONIS (merged or deleted there)."
            ] = many
        conflicts.note(self._going.run, self._conflicts, whole=whole, sonis_ids=frozenset(self._seen))

    def _orphans(self) -> list[conflicts.Found]:
        """Contacts whose SONIS_ID names nobody: they wait for a user although they are nobody's outcome (rule 5.4)."""
        ignored = self._sides.links.ignored_contacts()
        return [
            conflicts.Found(
                reason=Reason.UNKNOWN_SONIS_ID,
                sonis_id="",
                contact_ids=(head.contact_id,),
                message=wording.orphan(head),
                name=f"{head.first_name} {head.last_name}".strip(),
            )
            for head in self._matcher.orphans()
            if head.contact_id not in ignored
        ]


def _settled(match: Matched, desired: DesiredContact, contact: Contact | None) -> Confirmed:
    values = {key: value for key, value in desired.values.items() if value and contact and contact.value(key)}
    return Confirmed(sonis_id=desired.sonis_id, contact_id=match.contact_id, how=match.how, values=values)


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most that size."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
