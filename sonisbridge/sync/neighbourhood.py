"""Everybody and everything that has a say in whose contact is whose, around one person or contact.

Matching is decided for all people at once (rule 5.3), so that one person's contact depends on others: on who is linked
to a contact, who is named by its SONIS_ID, and who shares an address, and on those whom these depend on in turn. All of
them together, and nobody else, are read here, so that one person is explained by the same decision as in a run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import ContactHead, ContactIndex, Known, Matcher
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.values import email_key, good_email
from sonisbridge.sonis.database import Sonis
from sonisbridge.store.ledger import Ledger
from sonisbridge.store.links import BY_USER, Links
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution

from .planning import converted_links

MANY = 400
"""So many people around one are no family: from here on everybody is read, as a run does."""


@dataclass(slots=True)
class Neighbourhood:
    """The people and contacts around one, and what is settled between them."""

    sonis: Sonis
    mirror: ContactMirror
    links: Links
    ledger: Ledger
    people: dict[SonisId, Identity] = field(default_factory=dict)
    heads: dict[ContactId, ContactHead] = field(default_factory=dict)
    linked: dict[SonisId, ContactId] = field(default_factory=dict)
    decided: set[SonisId] = field(default_factory=set)
    converted: dict[ContactId, str] = field(default_factory=dict)
    """Contacts that were imported, with the person whom SONIS made of each."""
    _asked_ids: set[SonisId] = field(default_factory=set)
    _asked_contacts: set[ContactId] = field(default_factory=set)
    _asked_emails: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, institution: Institution, sonis: Sonis) -> Neighbourhood:
        """An empty one of that institution."""
        return cls(sonis, ContactMirror(institution), Links(institution), Ledger(institution))

    def grow(self, sonis_ids: Iterable[SonisId] = (), contact_ids: Iterable[ContactId] = ()) -> None:
        """Take in these people and contacts and all on whom they depend."""
        ids, contacts, emails = set(sonis_ids), set(contact_ids), set[str]()
        while ids or contacts or emails:
            if len(self.people) > MANY:
                return self._everybody()
            found = [*self._people(ids), *self._people_at(emails)]
            heads = list(self.mirror.heads_among(contact_ids=contacts, sonis_ids=ids, emails=emails))
            more = self._settled(ids, contacts)
            self._asked_ids |= ids
            self._asked_contacts |= contacts
            self._asked_emails |= emails
            self.people.update((person.sonis_id, person) for person in found)
            self.heads.update((head.contact_id, head) for head in heads)
            ids = {SonisId(head.sonis_id) for head in heads if head.sonis_id}
            ids = (ids | {person.sonis_id for person in found} | more[0]) - self._asked_ids
            contacts = ({head.contact_id for head in heads} | more[1]) - self._asked_contacts
            emails = {key for person in found for key in addresses(person)} | {email_key(head.email) for head in heads}
            emails -= self._asked_emails | {""}
        return None

    def matcher(self, *, skip_excl_mailing: bool) -> Matcher:
        """Whose contact is whose, among these."""
        carried = {key: head.sonis_id.strip() for key, head in self.heads.items() if key in self.converted}
        self.linked |= dict(converted_links(self.converted, carried, self.linked))
        known = Known(links=self.linked, decided=frozenset(self.decided), not_same=self.links.not_same())
        return Matcher(
            self.people.values(), ContactIndex(self.heads.values()), known, skip_excl_mailing=skip_excl_mailing
        )

    def name(self, sonis_id: str) -> str:
        """The person's name, "" when SONIS has no such person."""
        person = self.people.get(SonisId(sonis_id))
        return f"{person.first_name} {person.last_name}".strip() if person else ""

    def _people(self, ids: Collection[SonisId]) -> Iterator[Identity]:
        return self.sonis.identities_by_id(ids) if ids else iter(())

    def _people_at(self, emails: Collection[str]) -> list[Identity]:
        """Those who would send one of these addresses, not those who have it in a row that does not count."""
        ids = self.sonis.ids_with_email(emails) - set(self.people) if emails else set()
        return [person for person in self._people(ids) if addresses(person) & set(emails)]

    def _settled(
        self, ids: Collection[SonisId], contacts: Collection[ContactId]
    ) -> tuple[set[SonisId], set[ContactId]]:
        """Take in links and conversions of these; whom and what they lead to."""
        for row in self.links.among(sonis_ids=ids, contact_ids=contacts):
            self.linked[SonisId(row.sonis_id)] = ContactId(str(row.contact_id))
            if row.how == BY_USER:
                self.decided.add(SonisId(row.sonis_id))
        found = became(self.sonis, self.ledger, ids, contacts)
        self.converted |= found
        people = {*self.linked, *(SonisId(sonis_id) for sonis_id in found.values())}
        return people, {*self.linked.values(), *found}

    def _everybody(self) -> None:
        self.people = {person.sonis_id: person for person in self.sonis.identities()}
        field_id = self.mirror.sonis_id_field
        self.heads = {head.contact_id: head for head in self.mirror.heads(field_id)} if field_id else {}
        self.linked, self.decided = self.links.all(), set(self.links.decided())
        self.converted = self.ledger.converted(self.sonis.waiting_prospects())


def became(
    sonis: Sonis, ledger: Ledger, sonis_ids: Collection[str], contact_ids: Collection[ContactId]
) -> dict[ContactId, str]:
    """Of these contacts and people: which imported contact SONIS made which person of. Nothing is noted in the ledger."""
    if not sonis_ids and not contact_ids:
        return {}
    rows = ledger.among(contact_ids=contact_ids, sonis_ids=sonis_ids)
    row_ids = [row.row_id for row in rows]
    prospects = list(sonis.prospects_of(sonis_ids=sonis_ids, contact_ids=contact_ids, row_ids=row_ids))
    rows += ledger.among(row_ids={prospect.row_id for prospect in prospects} - set(row_ids))
    return ledger.converted(prospects, among=rows)


def addresses(person: Identity) -> set[str]:
    """The person's two addresses in their normal form, as written and as they would be sent."""
    written = (person.email, person.email2)
    forms = {*written, *(good for email in written if (good := good_email(email)))}
    return {key for email in forms if (key := email_key(email))}
