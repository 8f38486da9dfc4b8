"""Which contacts an import takes, and why not the others (rules 7.1, 7.2, 7.6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from .contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactId, ListStatus
from .outcome import Reason
from .person import Identity, SonisId
from .policy import Policy
from .prospect import WaitingProspect, missing_required
from .values import email_key, name_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """SONIS has never seen the contact: it becomes a web prospect."""

    contact_id: ContactId
    possible_duplicates: tuple[str, ...] = ()
    """SONIS IDs of people who share the address or the name, but not both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """The contact is not imported, and why."""

    contact_id: ContactId
    reason: Reason
    sonis_id: str = ""
    detail: str = ""
    """What the reason is about: a web prospect's row id, the names of missing values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportConflict:
    """The contact fits several people; a user decides."""

    contact_id: ContactId
    reason: Reason
    sonis_ids: tuple[str, ...]


Decision = Import | LeaveOut | ImportConflict


class Roster:
    """Everybody whom SONIS knows: people by every address and by name, and web prospects that wait."""

    def __init__(self, people: Iterable[Identity], waiting: Iterable[WaitingProspect]) -> None:
        self._by_email: dict[str, list[tuple[str, SonisId]]] = {}
        self._by_name: dict[str, list[SonisId]] = {}
        for person in people:
            name = name_key(person.first_name, person.last_name)
            self._by_name.setdefault(name, []).append(person.sonis_id)
            for key in {email_key(email) for email in person.all_emails if email.strip()}:
                self._by_email.setdefault(key, []).append((name, person.sonis_id))
        self._waiting: dict[tuple[str, str], WaitingProspect] = {}
        self._from_contact: dict[str, WaitingProspect] = {}
        # Converted ones first, then the lowest row id: which one is named never depends on order.
        for prospect in sorted(waiting, key=lambda row: (not row.sonis_id, row.row_id)):
            if prospect.contact_id:
                self._from_contact.setdefault(prospect.contact_id, prospect)
            email = email_key(prospect.email)
            if email and not prospect.sonis_id:
                name = name_key(prospect.first_name, prospect.last_name)
                self._waiting.setdefault((email, name), prospect)

    def people(self, email: str, name: str) -> list[str]:
        """SONIS IDs of the people with that address and that name, both in normal form, in order."""
        return sorted(sonis_id for held, sonis_id in self._by_email.get(email, []) if held == name)

    def waiting(self, email: str, name: str) -> WaitingProspect | None:
        """The web prospect with that address and name that nobody has converted yet."""
        return self._waiting.get((email, name))

    def made_from(self, contact_id: ContactId) -> WaitingProspect | None:
        """The web prospect that an import made from that contact, converted or not."""
        return self._from_contact.get(contact_id)

    def similar(self, email: str, name: str) -> tuple[str, ...]:
        """SONIS IDs of possible duplicates: people with the same address, or with the same name."""
        found = {sonis_id for _held, sonis_id in self._by_email.get(email, [])}
        if name:
            found.update(self._by_name.get(name, []))
        return tuple(sorted(found))


def decide(
    contact: Contact,
    roster: Roster,
    *,
    policy: Policy,
    imported: Mapping[ContactId, str],
    linked: Mapping[ContactId, SonisId],
    not_same: Collection[tuple[SonisId, ContactId]] = (),
) -> Decision:
    """What an import does with a contact that carries no SONIS_ID.

    `imported` is our own ledger: contact id to the row id of its web prospect. `linked` are the
    contacts of known people. `not_same` are pairs that a user called not the same person: such a person is neither
    somebody whom the contact is nor a possible duplicate (rule 5.4).
    """

    def others(sonis_ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(one for one in sonis_ids if (SonisId(one), contact.contact_id) not in not_same)

    known = _known(contact, roster, others, imported=imported, linked=linked)
    if known is not None:
        return known
    contact_id = contact.contact_id
    missing = missing_required(contact)
    if missing:
        return LeaveOut(contact_id=contact_id, reason=Reason.MISSING_REQUIRED, detail=", ".join(missing))
    if contact.bounced or ListStatus.BOUNCED in contact.lists.values():
        return LeaveOut(contact_id=contact_id, reason=Reason.BOUNCED)
    opted_out = ListStatus.UNSUBSCRIBED in contact.lists.values()
    if contact.unsubscribed or (opted_out and policy.unsubscribed_any_list):
        return LeaveOut(contact_id=contact_id, reason=Reason.UNSUBSCRIBED)
    similar = others(roster.similar(*_keys(contact)))
    if similar and policy.hold_possible_duplicates:
        return ImportConflict(contact_id=contact_id, reason=Reason.POSSIBLE_DUPLICATE, sonis_ids=similar)
    return Import(contact_id=contact_id, possible_duplicates=similar)


def _known(
    contact: Contact,
    roster: Roster,
    others: Callable[[Iterable[str]], tuple[str, ...]],
    *,
    imported: Mapping[ContactId, str],
    linked: Mapping[ContactId, SonisId],
) -> Decision | None:
    contact_id = contact.contact_id
    if contact_id in linked:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_IN_SONIS, sonis_id=linked[contact_id])
    made = roster.made_from(contact_id)
    if made is not None and made.sonis_id:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_IN_SONIS, sonis_id=made.sonis_id)
    if made is not None:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_WAITING, detail=made.row_id)
    if contact_id in imported:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_WAITING, detail=imported[contact_id])
    email, name = _keys(contact)
    people = others(roster.people(email, name))
    if len(people) > 1:
        return ImportConflict(contact_id=contact_id, reason=Reason.SEVERAL_MATCHES, sonis_ids=people)
    if people:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_IN_SONIS, sonis_id=people[0])
    waiting = roster.waiting(email, name)
    if waiting is not None:
        return LeaveOut(contact_id=contact_id, reason=Reason.ALREADY_WAITING, detail=waiting.row_id)
    return None


def _keys(contact: Contact) -> tuple[str, str]:
    return email_key(contact.value(EMAIL)), name_key(contact.value(FIRST_NAME), contact.value(LAST_NAME))
