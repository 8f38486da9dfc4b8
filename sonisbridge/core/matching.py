"""Whose contact is it: the ladder of rule 5.2 and the conflicts of rules 5.3 and 5.4, for everybody.

Nothing here depends on the order of people or contacts. Only e-mail addresses, names and SONIS IDs
are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .addresses import Allotted, Claim, allot
from .contact import ContactId
from .outcome import Reason
from .person import Identity, SonisId
from .values import email_key, good_email, name_key, short_form_of


class How(StrEnum):
    """Which step of the ladder found the contact."""

    LINK = "link"
    SONIS_ID = "sonis-id"
    NAME_EMAIL = "name-email"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHead:
    """What matching needs of a contact."""

    contact_id: ContactId
    email: str = ""
    """As ActiveCampaign holds it."""
    first_name: str = ""
    last_name: str = ""
    sonis_id: str = ""
    """What the SONIS_ID field holds, trimmed."""


class ContactIndex:
    """Every contact of the account, to be found by id, SONIS_ID and e-mail."""

    def __init__(self, heads: Iterable[ContactHead]) -> None:
        self.by_id: dict[ContactId, ContactHead] = {}
        self.by_sonis_id: dict[str, list[ContactHead]] = {}
        self.by_email: dict[str, list[ContactHead]] = {}
        for head in heads:
            self.by_id[head.contact_id] = head
            if head.sonis_id:
                self.by_sonis_id.setdefault(head.sonis_id, []).append(head)
            if key := email_key(head.email):
                self.by_email.setdefault(key, []).append(head)

    def at(self, email: str) -> list[ContactHead]:
        """The contacts that hold that address: one at most, unless the account is an old one."""
        return self.by_email.get(email_key(email), [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What earlier runs and users have settled."""

    links: Mapping[SonisId, ContactId] = field(default_factory=dict)
    """A contact stands in it once."""
    decided: frozenset[SonisId] = frozenset()
    """People whose link a user decided; such a link outdoes every step but a living rival."""
    not_same: frozenset[tuple[SonisId, ContactId]] = frozenset()
    """Pairs that a user called not the same person; a link that a user decided outdoes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The person's contact is known, and the address may be written to it."""

    contact_id: ContactId
    how: How
    email: str
    """The address to send; the contact holds it already, or nobody does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """No contact is this person's, and nobody holds the address: a contact may be created."""

    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchConflict:
    """Nothing may be written until a user decides, or one of the two sides is put right (rule 5.4)."""

    reason: Reason
    contact_ids: tuple[ContactId, ...] = ()
    proposed: ContactId | None = None
    """The contact that is probably this person's, offered for linking."""
    other_person: str = ""
    """The SONIS ID of the person who has it, where one is known."""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAddress:
    """SONIS has no usable e-mail address for the person (rule 6.5)."""

    reason: Reason


Match = Matched | Unmatched | MatchConflict | NoAddress
Step = tuple[ContactHead, How]
"""A contact that the ladder found, and where."""


class Matcher:
    """Decides for every person at once whose contact is whose.

    `people` are all name records. Those that are exported compete for contacts and addresses: they
    hold an exported status and are neither disabled nor deceased nor left out by choice. The others
    only keep what is theirs.

    With `known_ids`, the SONIS IDs of all name records, `people` may leave out those who are undisputed, and
    `contacts` and the links those that have no part in the others (see undisputed.py).
    """

    def __init__(
        self,
        people: Iterable[Identity],
        contacts: ContactIndex,
        known: Known,
        *,
        skip_excl_mailing: bool = False,
        known_ids: Collection[str] | None = None,
    ) -> None:
        self._contacts = contacts
        self._known = known
        everybody = list(people)
        competing = [person for person in everybody if competes(person, skip_excl_mailing=skip_excl_mailing)]
        ids = frozenset(person.sonis_id for person in everybody) if known_ids is None else known_ids
        self.known_ids: Collection[str] = ids
        self._links = {
            sonis_id: contact_id
            for sonis_id, contact_id in known.links.items()
            if sonis_id in ids and (sonis_id in known.decided or (sonis_id, contact_id) not in known.not_same)
        }
        self._linked_to = {contact_id: sonis_id for sonis_id, contact_id in self._links.items()}
        self._matches = self._resolve(competing)

    def match(self, sonis_id: SonisId) -> Match | None:
        """What was decided for a person, None for one who does not compete."""
        return self._matches.get(sonis_id)

    def orphans(self) -> list[ContactHead]:
        """Contacts whose SONIS_ID names nobody and that are linked to nobody, in id order (5.4)."""
        found = [
            head
            for sonis_id, heads in self._contacts.by_sonis_id.items()
            if sonis_id not in self.known_ids
            for head in heads
            if head.contact_id not in self._linked_to
        ]
        return sorted(found, key=_number)

    def _resolve(self, competing: list[Identity]) -> dict[SonisId, Match]:
        own: dict[SonisId, Step | MatchConflict | None] = {person.sonis_id: self._climb(person) for person in competing}
        _settle_contention(competing, own)
        found = {key: step for key, step in own.items() if isinstance(step, tuple)}
        self._theirs = {head.contact_id: key for key, (head, _how) in found.items()}
        self._theirs |= self._linked_to
        claims = [
            _claim(person, step[0] if isinstance(step, tuple) else None)
            for person in competing
            if not isinstance(step := own[person.sonis_id], MatchConflict)
        ]
        allotted = allot(claims)
        result: dict[SonisId, Match] = {}
        for person in competing:
            step = own[person.sonis_id]
            if isinstance(step, MatchConflict):
                result[person.sonis_id] = step
            else:
                result[person.sonis_id] = self._with_address(person, step, allotted)
        return result

    def _climb(self, person: Identity) -> Step | MatchConflict | None:
        """The ladder of rule 5.2 for one person, by itself."""
        carrying = [
            head
            for head in self._contacts.by_sonis_id.get(person.sonis_id, [])
            if (person.sonis_id, head.contact_id) not in self._known.not_same
        ]
        linked = self._links.get(person.sonis_id)
        head = self._contacts.by_id.get(linked) if linked else None
        if head is not None:
            return self._linked(person, head, carrying)
        if len(carrying) > 1:
            return _conflict(Reason.DUPLICATE_SONIS_ID, carrying)
        if carrying:
            other = self._linked_to.get(carrying[0].contact_id, person.sonis_id)
            if other != person.sonis_id:
                return _conflict(Reason.OTHER_SONIS_ID, carrying, other_person=other)
            return carrying[0], How.SONIS_ID
        return self._by_name_and_email(person)

    def _linked(self, person: Identity, head: ContactHead, carrying: list[ContactHead]) -> Step | MatchConflict:
        decided = person.sonis_id in self._known.decided
        others = [item for item in carrying if item.contact_id != head.contact_id]
        if others and not decided:
            return _conflict(Reason.DUPLICATE_SONIS_ID, [head, *others])
        if head.sonis_id in {"", person.sonis_id}:
            return head, How.LINK
        if head.sonis_id in self.known_ids:
            return _conflict(Reason.OTHER_SONIS_ID, [head], other_person=head.sonis_id)
        return (head, How.LINK) if decided else _conflict(Reason.UNKNOWN_SONIS_ID, [head])

    def _by_name_and_email(self, person: Identity) -> Step | MatchConflict | None:
        wanted = name_key(person.first_name, person.last_name)
        if not wanted:
            return None
        found = {
            head.contact_id: head
            for email in addresses_of(person)
            for head in self._contacts.at(email)
            if not head.sonis_id
            and head.contact_id not in self._linked_to
            and (person.sonis_id, head.contact_id) not in self._known.not_same
            and name_key(head.first_name, head.last_name) == wanted
        }
        if len(found) > 1:
            return _conflict(Reason.SEVERAL_MATCHES, list(found.values()))
        return next(((head, How.NAME_EMAIL) for head in found.values()), None)

    def _with_address(self, person: Identity, step: Step | None, allotted: Allotted) -> Match:
        email = allotted.addresses.get(person.sonis_id, "")
        if not email:
            return self._without_address(person, allotted)
        own_id = step[0].contact_id if step else None
        holders = [head for head in self._contacts.at(email) if head.contact_id != own_id]
        if holders:
            return self._address_held(person, email, holders, has_contact=step is not None)
        if step is None:
            return Unmatched(email=email)
        return Matched(contact_id=step[0].contact_id, how=step[1], email=email)

    def _without_address(self, person: Identity, allotted: Allotted) -> Match:
        first = good_email(person.email) or good_email(person.email2)
        if first:
            owner = allotted.owners.get(email_key(first), "")
            held_by = self._contacts.at(first)
            return _conflict(Reason.SHARED_EMAIL, held_by, other_person=owner, email=first)
        return no_address(person)

    def _address_held(
        self, person: Identity, email: str, holders: list[ContactHead], *, has_contact: bool
    ) -> MatchConflict:
        holder = min(holders, key=_number)
        owner = self._theirs.get(holder.contact_id, "") or holder.sonis_id
        if owner == person.sonis_id:
            owner = ""  # it carries their SONIS ID, but a user said that it is not theirs
        if owner and owner not in self.known_ids:
            reason = Reason.UNKNOWN_SONIS_ID
        elif owner and owner == holder.sonis_id and _same_name(person, holder):
            reason = Reason.OTHER_SONIS_ID
        else:
            reason = Reason.EMAIL_IN_USE
        refused = (person.sonis_id, holder.contact_id) in self._known.not_same
        free = not owner and not refused and not has_contact and len(holders) == 1
        likely = holder.contact_id if free and _probably(person, holder) else None
        return _conflict(reason, holders, proposed=likely, other_person=owner, email=email)


def competes(person: Identity, *, skip_excl_mailing: bool) -> bool:
    """Whether the person is exported, so that they compete for contacts and addresses."""
    left_out = person.disabled or person.deceased or person.privacy_hold
    return bool(person.status) and not left_out and not (skip_excl_mailing and person.excl_mailing)


def no_address(person: Identity) -> NoAddress:
    """What to say of somebody with no address that can be sent."""
    given = person.email.strip() or person.email2.strip()
    return NoAddress(reason=Reason.BAD_EMAIL if given else Reason.NO_EMAIL)


def _settle_contention(competing: list[Identity], own: dict[SonisId, Step | MatchConflict | None]) -> None:
    """One contact, two people of that name and address: the fixed rule chooses, the others have none."""
    seekers: dict[ContactId, list[Identity]] = {}
    for person in competing:
        step = own[person.sonis_id]
        if isinstance(step, tuple) and step[1] is How.NAME_EMAIL:
            seekers.setdefault(step[0].contact_id, []).append(person)
    contended = [people for people in seekers.values() if len(people) > 1]
    for people in contended:
        for loser in sorted(people, key=lambda item: _claim(item, None).order)[1:]:
            own[loser.sonis_id] = None


def addresses_of(person: Identity) -> tuple[str, ...]:
    """The person's addresses as written and as they would be sent."""
    written = (person.email, person.email2)
    return (*written, *(good for email in written if (good := good_email(email))))


def _number(head: ContactHead) -> int:
    return int(head.contact_id)


def _claim(person: Identity, head: ContactHead | None) -> Claim:
    good = [good_email(person.email), good_email(person.email2)]
    wanted = tuple(dict.fromkeys(email for email in good if email))
    return Claim(
        sonis_id=person.sonis_id,
        wanted=wanted,
        status=person.status,
        holds=email_key(head.email) if head else "",
        has_contact=head is not None,
    )


def _same_name(person: Identity, head: ContactHead) -> bool:
    return name_key(person.first_name, person.last_name) == name_key(head.first_name, head.last_name)


def _probably(person: Identity, head: ContactHead) -> bool:
    """A contact on the person's address whose name is blank, or has a nickname or short form (5.4)."""
    if not head.first_name.strip() and not head.last_name.strip():
        return True
    if name_key("", person.last_name) != name_key("", head.last_name):
        return False
    first = head.first_name.strip()
    return not first or name_key(first, "") == name_key(person.nickname, "") or short_form_of(first, person.first_name)


def _conflict(
    reason: Reason,
    heads: Iterable[ContactHead],
    *,
    proposed: ContactId | None = None,
    other_person: str = "",
    email: str = "",
) -> MatchConflict:
    ids = sorted({head.contact_id for head in heads}, key=int)
    return MatchConflict(
        reason=reason, contact_ids=tuple(ids), proposed=proposed, other_person=other_person, email=email
    )
