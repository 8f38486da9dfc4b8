"""What an export would do for each person: one line each, each a type of its own (rule 6.1).

`PlanMaker.line` is the whole decision: the person, whose contact it is, what it holds, which rule lets SONIS write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from .contact import EMAIL, Contact, ContactFields, ContactId, FieldId
from .desired import DesiredContact
from .field_mapping import FieldMapping, WriteRule
from .matching import Match, MatchConflict, Matched, NoAddress, Unmatched
from .outcome import Reason
from .person import Identity, PersonRecord, SonisId
from .policy import Policy
from .values import email_key, same_value


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field of one contact, before and after. `after` "" means that the field is cleared."""

    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """Somebody changed a mapped field in ActiveCampaign since we last confirmed it (rule 6.9)."""

    field_id: FieldId
    confirmed: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContact:
    """Nobody in ActiveCampaign is this person, and their address is free."""

    sonis_id: SonisId
    fields: Mapping[FieldId, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateContact:
    """A matched contact differs from what SONIS says, or is not in our account there yet."""

    sonis_id: SonisId
    contact_id: ContactId
    email: str
    """The address that the contact holds now: what the importer finds it by."""
    fields: Mapping[FieldId, FieldChange]  # only those that differ, each before and after
    link_account: bool = False
    drift: tuple[Drift, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def renames(self) -> bool:
        """Whether the address changes, which only a write by contact id can do (rule 6.5)."""
        return EMAIL in self.fields

    @property
    def clears(self) -> tuple[FieldId, ...]:
        """The fields that are emptied."""
        return tuple(field_id for field_id, change in self.fields.items() if not change.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """The contact says what SONIS says, wherever SONIS may write."""

    sonis_id: SonisId
    contact_id: ContactId
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StillNotKept:
    """What differs was sent before and not kept, and nothing changed since: it is not sent again."""

    sonis_id: SonisId
    contact_id: ContactId
    fields: Mapping[FieldId, FieldChange]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipPerson:
    """The person is not exported; the reason says why."""

    sonis_id: SonisId
    reason: Reason
    contact_id: ContactId | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictLine:
    """Nothing is written for the person until somebody decides (rule 5.4)."""

    sonis_id: SonisId
    conflict: MatchConflict
    field_id: FieldId | None = None
    """The field that holds another value than a ONCE rule allows, where that is the conflict."""
    notes: tuple[str, ...] = ()


Line = CreateContact | UpdateContact | Unchanged | StillNotKept | SkipPerson | ConflictLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What earlier runs know of a linked contact's fields."""

    confirmed: Mapping[FieldId, str] = field(default_factory=dict)
    """Values that were read back after we wrote them, or found equal."""
    not_kept: Mapping[FieldId, tuple[str, str]] = field(default_factory=dict)
    """Field to (what was sent, what was read back instead)."""


NOTHING_KEPT = Kept()


def eligibility(person: PersonRecord | Identity, policy: Policy) -> Reason | None:
    """Why the person is not exported, None when they are (rule 3.3)."""
    if not person.status:
        return Reason.NOT_ELIGIBLE
    if person.deceased:
        return Reason.DECEASED
    if person.disabled:
        return Reason.DISABLED
    if person.privacy_hold or (policy.exclude_excl_mailing and person.excl_mailing):
        return Reason.EXCLUDED
    return None


class PlanMaker:
    """Makes the line of each person. `account_id` is our account in ActiveCampaign, None when it offers none."""

    def __init__(
        self,
        field_mapping: FieldMapping,
        fields: ContactFields,
        *,
        account_id: str | None = None,
        links_account: bool = True,
        ignored: frozenset[tuple[SonisId, str]] = frozenset(),
    ) -> None:
        self._rules = {row.field_id: row.write_rule for row in field_mapping.rows}
        self._kinds = {item.field_id: item.kind for item in fields}
        self._account_id = account_id
        self._links_account = links_account
        self._ignored = ignored
        sonis_id_row = field_mapping.row("name.sonis_id")
        self._sonis_id_field = sonis_id_row.field_id if sonis_id_row else None

    def line(self, desired: DesiredContact, match: Match, contact: Contact | None, kept: Kept = NOTHING_KEPT) -> Line:
        """What would be done for a person who is exported.

        `contact` is the matched contact as last read, None without one.
        """
        match match:
            case MatchConflict():
                return self._conflict(desired, match)
            case NoAddress():
                return SkipPerson(sonis_id=desired.sonis_id, reason=match.reason, notes=desired.notes)
            case Unmatched():
                return self._create(desired, match.email)
            case Matched():
                assert contact is not None
                return self._update(desired, match.email, contact, kept)
            case _:
                assert_never(match)

    def agrees(self, field_id: FieldId, ours: str, theirs: str) -> bool:
        """Whether two values of a field are the same to its type."""
        return self._same(field_id, ours, theirs)

    def _conflict(self, desired: DesiredContact, conflict: MatchConflict, field_id: FieldId | None = None) -> Line:
        sonis_id, notes = desired.sonis_id, desired.notes
        if (sonis_id, str(conflict.reason)) in self._ignored:
            return SkipPerson(sonis_id=sonis_id, reason=Reason.IGNORED, notes=notes)
        return ConflictLine(sonis_id=sonis_id, conflict=conflict, field_id=field_id, notes=notes)

    def _create(self, desired: DesiredContact, email: str) -> CreateContact:
        values = {field_id: value for field_id, value in desired.values.items() if value}
        return CreateContact(sonis_id=desired.sonis_id, fields={EMAIL: email, **values}, notes=desired.notes)

    def _update(self, desired: DesiredContact, email: str, contact: Contact, kept: Kept) -> Line:
        wanted = {EMAIL: email, **desired.values}
        changes: dict[FieldId, FieldChange] = {}
        for field_id, value in wanted.items():
            held = contact.value(field_id)
            if not self._differs(field_id, value, held):
                continue
            if self._rules[field_id] is WriteRule.ONCE and held.strip():
                if field_id == self._sonis_id_field:
                    continue  # a user linked them although the contact names somebody gone (5.4)
                return self._conflict(
                    desired,
                    MatchConflict(reason=Reason.DIFFERENT_VALUE, contact_ids=(contact.contact_id,)),
                    field_id,
                )
            changes[field_id] = FieldChange(before=held, after=value)
        return self._line_for(desired, contact, changes, kept)

    def _differs(self, field_id: FieldId, value: str, held: str) -> bool:
        """Whether the field differs and its write rule has something to say about it."""
        if self._same(field_id, value, held):
            return False
        match self._rules[field_id]:
            case WriteRule.ALWAYS:
                return True
            case WriteRule.UNLESS_BLANK:
                return bool(value)
            case WriteRule.IF_EMPTY:
                return bool(value) and not held.strip()
            case WriteRule.ONCE:
                return bool(value)
            case rule:
                assert_never(rule)

    def _same(self, field_id: FieldId, ours: str, theirs: str) -> bool:
        if field_id == EMAIL:
            return email_key(ours) == email_key(theirs)
        return same_value(self._kinds.get(field_id, "text"), ours, theirs)

    def _line_for(
        self,
        desired: DesiredContact,
        contact: Contact,
        changes: dict[FieldId, FieldChange],
        kept: Kept,
    ) -> Line:
        sonis_id, contact_id, notes = desired.sonis_id, contact.contact_id, desired.notes
        given_up = {
            field_id: change
            for field_id, change in changes.items()
            if self._given_up(field_id, change, kept.not_kept.get(field_id))
        }
        to_write = {key: change for key, change in changes.items() if key not in given_up}
        link = False
        if self._account_id and contact.account_id is None:
            link = self._links_account
        elif self._account_id and contact.account_id != self._account_id:
            notes = (*notes, _left_in(contact.account_id))
        if to_write or link:
            return UpdateContact(
                sonis_id=sonis_id,
                contact_id=contact_id,
                email=contact.value(EMAIL),
                fields=to_write,
                link_account=link,
                drift=self._drift(to_write, kept),
                notes=(*notes, _NOT_SENT_AGAIN) if given_up else notes,
            )
        if given_up:
            return StillNotKept(sonis_id=sonis_id, contact_id=contact_id, fields=given_up, notes=notes)
        return Unchanged(sonis_id=sonis_id, contact_id=contact_id, notes=notes)

    def _given_up(self, field_id: FieldId, change: FieldChange, before: tuple[str, str] | None) -> bool:
        if before is None:
            return False
        sent, read_back = before
        return self._same(field_id, sent, change.after) and self._same(field_id, read_back, change.before)

    def _drift(self, changes: Mapping[FieldId, FieldChange], kept: Kept) -> tuple[Drift, ...]:
        return tuple(
            Drift(
                field_id=field_id,
                confirmed=kept.confirmed[field_id],
                theirs=change.before,
                ours=change.after,
            )
            for field_id, change in changes.items()
            if field_id in kept.confirmed and not self._same(field_id, kept.confirmed[field_id], change.before)
        )


def _left_in(account_id: str | None) -> str:
    return f"The contact belongs to another account ({account_id}) and is left there."


_NOT_SENT_AGAIN = "What ActiveCampaign did not keep before is not sent again."
