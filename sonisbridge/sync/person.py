"""Why one person stands as they do: both sides, what links them, and what the next export would do (rule 6.1).

The parts are those of a run, in the same order: the same people compete, the same plan is made. Only that it is for one
person, from what the mirror holds now, and that nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import assert_never

from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactField, ContactFields, ContactId, FieldId
from sonisbridge.core.desired import ContactMaker
from sonisbridge.core.explaining import FieldStory, Told, stories
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping, mapping_problems
from sonisbridge.core.matching import Match, Matched, Unmatched
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import Codes, Identity, PersonRecord, SonisId
from sonisbridge.core.plan import (
    NOTHING_KEPT,
    ConflictLine,
    CreateContact,
    Line,
    PlanMaker,
    SkipPerson,
    StillNotKept,
    Unchanged,
    UpdateContact,
    eligibility,
)
from sonisbridge.core.policy import Policy
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import institutions
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution, Link

from .accounts import TO_BE_MADE
from .neighbourhood import Neighbourhood
from .sides import open_activecampaign, open_sonis


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One person, explained."""

    person: PersonRecord | None
    """None when SONIS has no such name record."""
    contact: Contact | None
    """Their contact, where one was found."""
    link: Link | None
    """The link that is kept, whether or not it still stands."""
    match: Match | None
    line: Line | None
    """What an export would do; None for somebody whom no export reads."""
    message: str
    """The same in a sentence."""
    fields: list[FieldStory] = field(default_factory=list)
    problems: tuple[str, ...] = ()
    """What keeps every export from running."""

    @property
    def outcome(self) -> str:
        """The outcome that the line would have, "" without one."""
        return "" if self.line is None else kind_of(self.line)


def kind_of(line: Line) -> Kind:
    """The outcome that a line has when all goes well."""
    match line:
        case CreateContact():
            return Kind.CREATED
        case UpdateContact():
            return Kind.UPDATED
        case Unchanged():
            return Kind.UNCHANGED
        case SkipPerson():
            return Kind.SKIPPED
        case StillNotKept():
            return Kind.NOT_KEPT
        case ConflictLine():
            return Kind.CONFLICT
        case _:
            assert_never(line)


@contextmanager
def asked(institution: Institution) -> Iterator[Explainer]:
    """Explains people of the institution, one after another, while SONIS is open. Raises StopRunError when it is not there."""
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        yield Explainer(institution, sonis)
    finally:
        sonis.close()


class Explainer:
    """Explains people of one institution."""

    def __init__(self, institution: Institution, sonis: Sonis) -> None:
        self.sonis = sonis
        self.institution = institution
        self.policy: Policy = institutions.policy_of(institution)
        self.mapping: FieldMapping = institutions.field_mapping(institution)
        self.fields: ContactFields = institutions.fields_as_last_read(institution)
        self.codes: Codes = sonis.codes()
        self.problems = self._problems()

    def _problems(self) -> tuple[str, ...]:
        if not self.mapping.rows:
            return ("No field mapping is in force.",)
        found = mapping_problems(self.mapping, self.fields, self.codes, self.policy)
        return tuple(f"{item.data_point}: {item.message}" for item in found)

    def wanted(self, sonis_id: SonisId) -> dict[FieldId, str]:
        """What SONIS says that the person's contact should hold, the e-mail address too; blank for nobody."""
        person = next(iter(self.sonis.people_by_id([sonis_id])), None)
        if person is None:
            return {}
        desired = ContactMaker(self.mapping, self.fields, self.codes, self.policy).desired(person)
        return {EMAIL: desired.email or desired.email2, **desired.values}

    def mapped_fields(self) -> list[ContactField]:
        """The contact fields that are mapped, in the order of the default mapping."""
        rows = (self.mapping.row(point.key) for point in DATA_POINTS)
        return [found for row in rows if row and (found := self.fields.get(row.field_id))]

    def sonis_id_of(self, contact: Contact) -> str:
        """The SONIS ID that a contact carries, "" when none."""
        row = self.mapping.row("name.sonis_id")
        return contact.value(row.field_id).strip() if row else ""

    def story(self, sonis_id: SonisId) -> Story:
        """The person, explained."""
        around = Neighbourhood.of(self.institution, self.sonis)
        around.grow([sonis_id])
        kept_link = next(iter(around.links.among(sonis_ids=[sonis_id])), None)
        person = next(iter(self.sonis.people_by_id([sonis_id])), None)
        if person is None:
            contact = self._contact(around, ContactId(str(kept_link.contact_id)) if kept_link else None)
            return Story(person=None, contact=contact, link=kept_link, match=None, line=None, message=_nobody(sonis_id))
        match = around.matcher(skip_excl_mailing=self.policy.exclude_excl_mailing).match(sonis_id)
        contact = self._contact(around, match.contact_id if isinstance(match, Matched) else around.linked.get(sonis_id))
        return self._told(person, match, contact, kept_link, around)

    def _told(
        self,
        person: PersonRecord,
        match: Match | None,
        contact: Contact | None,
        link: Link | None,
        around: Neighbourhood,
    ) -> Story:
        sonis_id = person.sonis_id
        _contact_id, kept = around.links.kept([sonis_id]).get(sonis_id, (None, NOTHING_KEPT))
        linked = contact is not None and around.linked.get(sonis_id) == contact.contact_id
        kept = kept if linked else NOTHING_KEPT
        began = frozenset(SonisId(one) for one in around.converted.values())
        desired = ContactMaker(self.mapping, self.fields, self.codes, self.policy, began).desired(person)
        maker = PlanMaker(self.mapping, self.fields, account_id=self._account_id(), ignored=around.links.ignored())
        reason = eligibility(person, self.policy)
        line: Line | None
        if reason is Reason.NOT_ELIGIBLE and sonis_id not in around.linked:
            line = None
        elif reason is not None or match is None:
            line = SkipPerson(sonis_id=sonis_id, reason=reason or Reason.CHANGED_SINCE_PLAN)
        else:
            line = maker.line(desired, match, contact, kept)
        email = match.email if isinstance(match, Matched | Unmatched) else desired.email
        told = Told(person=person, desired=desired, line=line, contact=contact, kept=kept, email=email)
        return Story(
            person=person,
            contact=contact,
            link=link,
            match=match,
            line=line,
            message=self._message(line, around),
            fields=stories(told, self.mapping, self.fields, maker, self.policy),
            problems=self.problems,
        )

    def _contact(self, around: Neighbourhood, contact_id: ContactId | None) -> Contact | None:
        return None if contact_id is None else around.mirror.contacts([contact_id]).get(contact_id)

    def _account_id(self) -> str | None:
        """Our account as far as is known here: whether ActiveCampaign offers accounts at all, only a run finds out."""
        row, name = self.institution, self.policy.account_name
        if not name or row.account_refused == name:
            return None
        return row.account_id if row.account_id and row.account_name == name else TO_BE_MADE

    def _message(self, line: Line | None, around: Neighbourhood) -> str:
        match line:
            case None:
                return (
                    "No export reads this person: they hold none of the statuses PS, AP, ST and AL, and are not linked."
                )
            case CreateContact():
                return f"The next export creates a contact with {len(line.fields)} fields."
            case UpdateContact():
                return _update(line)
            case Unchanged():
                return "ActiveCampaign says what SONIS says: the next export has nothing to write."
            case SkipPerson():
                return wording.skipped(line.reason)
            case StillNotKept():
                return wording.not_kept(line.fields, self.fields)
            case ConflictLine():
                return wording.conflict(line.conflict, around.name)
            case _:
                assert_never(line)


def _nobody(sonis_id: str) -> str:
    return (
        f"SONIS has no name record {sonis_id}: it was merged or deleted there, or never was. Nothing is written to a "
        "contact that carries this SONIS ID until somebody decides."
    )


def _update(line: UpdateContact) -> str:
    many = len(line.fields)
    parts = [f"changes {many} field{'' if many == 1 else 's'}"] if many else []
    parts += ["puts the contact into our account"] if line.link_account else []
    return f"The next export {' and '.join(parts)}."


def read_again(institution: Institution, contact_id: ContactId) -> bool:
    """Ask ActiveCampaign for one contact and keep what it says; False when the contact is gone.

    Raises StopRunError or RetryLaterError when ActiveCampaign does not answer.
    """
    known = institutions.connections_of(institution, {}, secrets=("token",))
    activecampaign = open_activecampaign(known, institutions.policy_of(institution))
    mirror = ContactMirror(institution)
    try:
        found = activecampaign.contacts_by_ids([contact_id])
    finally:
        activecampaign.close()
    for contact in found:
        mirror.save_one(contact)
    if not found:
        mirror.forget([contact_id])
    return bool(found)


def people_like(institution: Institution, wanted: str, *, limit: int) -> list[Identity]:
    """The people whom a user may mean by a SONIS ID, an e-mail address or the beginning of a name, by name."""
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        found = list(sonis.identities_by_id(sonis.ids_like(wanted, limit=limit)))
    finally:
        sonis.close()
    return sorted(
        found, key=lambda person: (person.last_name.casefold(), person.first_name.casefold(), person.sonis_id)
    )
