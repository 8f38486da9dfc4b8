"""Makes the plan of an export: for everybody the filters name, one line, stored as it is made (rule 6.1).

Everybody is looked at twice at most: once to find whose contact is whose, which needs little of them, and once for their
line. Who is as agreed needs no second look (decision 0021).
"""

from __future__ import annotations

import dataclasses
import gc
import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b

import phonenumbers
from django.utils import timezone

from sonisbridge import __version__
from sonisbridge.core.contact import Contact, ContactId, FieldId
from sonisbridge.core.desired import ContactMaker, DesiredContact
from sonisbridge.core.field_mapping import unlabelled_codes
from sonisbridge.core.filters import Filters
from sonisbridge.core.matching import Matched, NoAddress, Unmatched
from sonisbridge.core.outcome import Reason
from sonisbridge.core.person import Identity, PersonRecord, SonisId
from sonisbridge.core.plan import (
    NOTHING_KEPT,
    CreateContact,
    Kept,
    Line,
    PlanMaker,
    SkipPerson,
    Unchanged,
    UpdateContact,
    eligibility,
)
from sonisbridge.core.values import email_key
from sonisbridge.sonis.people import PeoplePage, PersonRows
from sonisbridge.store import institutions
from sonisbridge.store.agreements import Agreed, AgreedPages, Agreements, Standing
from sonisbridge.store.behind import Behind
from sonisbridge.store.links import Confirmed
from sonisbridge.store.mirror import fields_mark
from sonisbridge.store.rows import Insert

from . import recognition
from .checks import Checks
from .matchmaking import PAGE, Matchmaking, chunks
from .plan_lines import PlanLines
from .running import Running
from .sides import Sides

logger = logging.getLogger("sonisbridge.plan")

_FORM = 2
"""Counted up when people's lines are worked out another way, so that nothing is as agreed before."""
_TOLD_EVERY = 5000
"""After so many people it is told how far the look is, and asked whether it is to go on."""
_FEW = 4
"""Where less than one in so many needs a line, these are read by their SONIS IDs."""


def make_plan(sides: Sides, going: Running, filters: Filters, account_id: str | None) -> None:
    """Store what an export would change; change nothing but our own links and lists of conflicts."""
    going.progress("Matching people and contacts")
    began = time.monotonic()
    going.run.plan_mark = institutions.plan_mark(sides.institution)
    going.run.warnings = dict.fromkeys(
        unlabelled_codes(sides.field_mapping, sides.codes, sides.fields, sides.policy), 1
    )
    with _few_sweeps(), Behind(going.fence.guarding) as behind, going.plan.storing_with(behind.insert):
        planning = Planning(sides, going, account_id, filters, behind.insert)
        planning.match()
        for page in planning.pages():
            planning.plan(page)
            going.progress("Planning", planning.read)
        planning.finish()
    logger.info("run %s planned %s people in %.2f s", going.run.pk, planning.read, time.monotonic() - began)
    going.run.planned_at = timezone.now()
    going.run.save(update_fields=["planned_at", "plan_mark", "warnings", "drift", "counts", "ways"])


@contextmanager
def _few_sweeps() -> Iterator[None]:
    """Python looks through all that it holds again and again while rows come and go: none of them needs it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def contact_maker(sides: Sides, converted: Iterable[str]) -> ContactMaker:
    """The compiled field mapping of an institution."""
    began = frozenset(SonisId(sonis_id) for sonis_id in converted)
    return ContactMaker(sides.field_mapping, sides.fields, sides.codes, sides.policy, began)


def link_converted(sides: Sides, run: int) -> dict[ContactId, str]:
    """Link the people whom SONIS made from our imports to their contacts, once (rule 7.5). Contact id to SONIS ID."""
    converted = recognition.recognised(sides.sonis, sides.ledger, list(sides.sonis.waiting_prospects()))
    carried = {head.contact_id: head.sonis_id for head in sides.mirror.heads_among(contact_ids=converted)}
    links = sides.links.pairs(sonis_ids=converted.values(), contact_ids=converted)
    for sonis_id, contact_id in converted_links(converted, carried, links):
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


def terms(sides: Sides, plan_mark: str) -> object:
    """All that a person's line depends on besides the person, their contact and what is known of it."""
    codes = {name: sorted(texts.items()) for name, texts in dataclasses.asdict(sides.codes).items()}
    return _FORM, __version__, phonenumbers.__version__, plan_mark, list(sides.fields), codes, sides.sonis.layout


class Planning:
    """One plan in the making."""

    def __init__(
        self, sides: Sides, going: Running, account_id: str | None, filters: Filters, inserter: Insert
    ) -> None:
        self.read = 0
        self._filters = filters
        self._sides = sides
        self._going = going
        self._in_account = account_id is not None
        converted = link_converted(sides, going.run.pk)
        self._began = frozenset(converted.values())
        self._maker = contact_maker(sides, converted.values())
        self._matches = Matchmaking(sides)
        self._agreements = Agreements(sides.institution, terms(sides, going.run.plan_mark), inserter)
        self._agreed_pages = AgreedPages(sides.institution)
        self._planner = PlanMaker(
            sides.field_mapping, sides.fields, account_id=account_id, ignored=sides.links.ignored()
        )
        self._lines = PlanLines(sides, going, self._matches)
        self._checks = Checks(sides, going, self._matches, whole=filters.everybody)
        self._notes: Counter[str] = Counter()
        self._seen: set[str] = set()
        self._looked_for_changes = False
        self._told = 0

    def match(self) -> None:
        """Find whose contact is whose, and who is as agreed."""
        self._looked_for_changes = self._filters.everybody and self._agreements.any()
        if self._looked_for_changes:
            pages = self._sides.sonis.people_pages()
            for page, standing in self._agreements.beside(pages, in_account=self._in_account):
                self._matches.look_for_changes(page, self._as_agreed(page, standing))
                self._looked()
            self._agreed_pages.save()
        else:
            for people in chunks(self._sides.sonis.identities(), PAGE):
                self._matches.look(people)
                self._looked()
        self._matches.settle()
        self._matches.load_names()
        self.read = len(self._matches.agreed)

    def _looked(self) -> None:
        many = len(self._matches.known_ids)
        if many - self._told >= _TOLD_EVERY:
            self._told = many
            self._going.progress("Matching people and contacts", many)

    def pages(self) -> Iterator[list[PersonRows]]:
        """Those who may need a line, page by page."""
        if not self._looked_for_changes:
            return (page.rows() for page in self._sides.sonis.people_pages(self._filters))
        wanted = self._matches.to_plan
        if len(wanted) * _FEW < len(self._matches.known_ids):
            return self._matches.rows_to_plan()
        agreed = frozenset(self._matches.agreed)
        pages = self._sides.sonis.people_pages(self._filters)
        return (page.rows(set(page.ids) - agreed) for page in pages)

    def _as_agreed(self, page: PeoplePage, standing: Mapping[SonisId, Standing]) -> Mapping[SonisId, Standing]:
        """Those whose rows in SONIS are the agreed ones, too."""
        mark = self._page_mark(page, standing)
        if self._agreed_pages.know(mark):
            return standing
        marks = {rows.sonis_id: self._mark(rows) for rows in page.rows(standing)}
        found = {sonis_id: one for sonis_id, one in standing.items() if marks[sonis_id] == one.rows_mark}
        if len(found) == len(standing):
            self._agreed_pages.add(mark)
        return found

    def _page_mark(self, page: PeoplePage, standing: Mapping[SonisId, Standing]) -> str:
        ids = page.ids
        marks = [(sonis_id, standing[sonis_id].rows_mark) for sonis_id in ids if sonis_id in standing]
        whole = page.mark(), marks, sorted(self._began.intersection(ids))
        return blake2b(repr(whole).encode(), digest_size=16).hexdigest()

    def _mark(self, rows: PersonRows) -> str:
        """The fingerprint of a person's rows, and of who began in ActiveCampaign, whose inquiry type may be ours."""
        return f"{rows.mark()}+" if rows.sonis_id in self._began else rows.mark()

    def plan(self, page: list[PersonRows]) -> None:
        """Add the lines of these people."""
        matches = {rows.sonis_id: self._matches.match(rows.sonis_id) for rows in page}
        contacts = self._sides.mirror.contacts(
            match.contact_id for match in matches.values() if isinstance(match, Matched)
        )
        kept = self._sides.links.kept(matches) if self._matches.links_exist else {}
        settled: list[Confirmed] = []
        unchanged: list[SonisId] = []
        for rows in page:
            match = matches[rows.sonis_id]
            if match is None or isinstance(match, NoAddress):
                self._leave_out(rows.bare(), match, linked=rows.sonis_id in kept)
                continue
            person = rows.record()
            if eligibility(person, self._sides.policy) is not None:
                self._leave_out(person, None, linked=rows.sonis_id in kept)
                continue
            self._count(person.sonis_id)
            desired = self._maker.desired(person)
            contact = contacts.get(match.contact_id) if isinstance(match, Matched) else None
            known = _known(kept.get(person.sonis_id), contact)
            line = self._planner.line(desired, match, contact, known or NOTHING_KEPT)
            self._notes.update(desired.notes)
            self._lines.add(line, person, desired, contact, how=match.how if isinstance(match, Matched) else "")
            if isinstance(match, Matched | Unmatched) and email_key(match.email) == _first(desired):
                self._agree(rows, desired, line, contact, known)
            if isinstance(line, Unchanged):
                unchanged.append(person.sonis_id)
                if known is None and isinstance(match, Matched):
                    settled.append(_settled(match, desired, contact))
        self._checks.note(unchanged, matches.keys() - set(unchanged))
        self._sides.links.confirm(settled, run=self._going.run.pk)

    def _leave_out(self, person: Identity | PersonRecord, match: NoAddress | None, *, linked: bool) -> None:
        """Say why the person is not exported; of somebody who never was there is nothing to say (rule 3.3)."""
        reason = eligibility(person, self._sides.policy)
        if reason is Reason.NOT_ELIGIBLE and not linked:
            return
        reason = reason or (match.reason if match else Reason.CHANGED_SINCE_PLAN)
        self._count(person.sonis_id)
        self._lines.add(SkipPerson(sonis_id=person.sonis_id, reason=reason), person)

    def _count(self, sonis_id: SonisId) -> None:
        self.read += 1
        self._seen.add(sonis_id)

    def _agree(
        self, rows: PersonRows, desired: DesiredContact, line: Line, contact: Contact | None, known: Kept | None
    ) -> None:
        """Remember what the contact is to hold for the person to need nothing; who is disputed is looked at anyway."""
        held = _held_after(line, contact)
        if held is None or (known and known.not_kept) or rows.sonis_id in self._matches.disputed:
            return
        self._agreements.add(
            Agreed(
                sonis_id=rows.sonis_id,
                rows_mark=self._mark(rows),
                fields_mark=fields_mark(held),
                second_email=email_key(desired.email2) if desired.email else "",
                notes=json.dumps(desired.notes) if desired.notes else "",
            )
        )

    def finish(self) -> None:
        """Store what waits, note who is as agreed, and the list of conflicts."""
        self._agreements.flush()
        self._checks.note(self._matches.agreed_anew, self._matches.lost)
        for notes, many in self._matches.agreed_notes().items():
            self._notes.update(dict.fromkeys(json.loads(notes), many))
        self._going.run.warnings.update(self._notes)
        self._going.run.counts = {"read": self.read}
        self._lines.finish(whole=self._filters.everybody, sonis_ids=frozenset(self._seen))


def _known(kept: tuple[ContactId, Kept] | None, contact: Contact | None) -> Kept | None:
    """What is known of the matched contact's fields; None unless it is the linked one: earlier runs wrote to another."""
    return kept[1] if kept and contact and kept[0] == contact.contact_id else None


def _first(desired: DesiredContact) -> str:
    """The address that the person would rather send, in its normal form."""
    return email_key(desired.email or desired.email2)


def _held_after(line: Line, contact: Contact | None) -> Mapping[FieldId, str] | None:
    """What the contact holds once the line is carried out; None when that settles nothing."""
    match line:
        case Unchanged():
            return contact.fields if contact else None
        case CreateContact():
            return line.fields
        case UpdateContact():
            held = {**(contact.fields if contact else {}), **{key: item.after for key, item in line.fields.items()}}
            return {key: value for key, value in held.items() if value}
    return None


def _settled(match: Matched, desired: DesiredContact, contact: Contact | None) -> Confirmed:
    values = {key: value for key, value in desired.values.items() if value and contact and contact.value(key)}
    return Confirmed(sonis_id=desired.sonis_id, contact_id=match.contact_id, how=match.how, values=values)
