"""Finds whose contact is whose for everybody, reading each name record once and keeping few of them (rules 5.2 to 5.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, islice
from typing import TypeVar

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import (
    ContactHead,
    ContactIndex,
    Known,
    Match,
    MatchConflict,
    Matcher,
    addresses_of,
    competes,
)
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.undisputed import Undisputed, wanted_by
from sonisbridge.core.values import email_key
from sonisbridge.sonis.people import PeoplePage, PersonRows
from sonisbridge.store.agreements import Standing
from sonisbridge.store.links import EVERY

from .sides import Sides

Item = TypeVar("Item")
PAGE = 1000
MOST_KEPT = 5000


class Matchmaking:
    """Looks at everybody, by `look` or by `look_for_changes`; after `settle` it knows whose contact is whose."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        links = sides.links
        self._decided, self._not_same = links.decided(), links.not_same()
        self._skip_excl_mailing = sides.policy.exclude_excl_mailing
        self._refused = frozenset(sonis_id for sonis_id, _contact_id in self._not_same)
        self._alone = Undisputed(refused=self._refused, skip_excl_mailing=self._skip_excl_mailing)
        self.links_exist = links.exist()
        self._contacts_exist = sides.mirror.highest_id() is not None
        self._doubled_ids, self._doubled_emails = sides.mirror.doubled("sonis_id"), sides.mirror.doubled("email_key")
        self._linked = 0
        self._decisions: dict[SonisId, Match] = {}
        self._people: dict[str, Identity] = {}
        self.known_ids: set[SonisId] = set()
        """Of every name record."""
        self.to_plan: list[SonisId] = []
        """Who may have a line: everybody with an exported status or a link who was looked at and not found as agreed."""
        self._agreed: list[SonisId] = []
        self._agreed_anew: list[SonisId] = []
        self._agreed_notes: dict[SonisId, str] = {}
        self._changed: list[Identity] = []
        self._kept: dict[SonisId, PersonRows] = {}

    # Looking at everybody

    def look(self, people: Iterable[Identity]) -> None:
        """Take in some more people."""
        page = list(people)
        ids = [person.sonis_id for person in page]
        self.known_ids.update(ids)
        linked = self._sides.links.pairs(sonis_ids=ids) if self.links_exist else {}
        self._linked += len(linked)
        competing = [person for person in page if self._competes(person)]
        contacts = ContactIndex(self._heads(competing, linked.values()) if self._contacts_exist else ())
        for person in competing:
            self._alone.look(person, linked.get(person.sonis_id), contacts)
        for person in page:
            if person.status or person.sonis_id in linked:
                self.to_plan.append(person.sonis_id)

    def look_for_changes(self, page: PeoplePage, agreed: Mapping[SonisId, Standing]) -> None:
        """Take in some more people, of whom those who are as agreed are not looked at any closer."""
        taken = {sonis_id: standing for sonis_id, standing in agreed.items() if self._simple(standing)}
        self._take_as_agreed(taken)
        for rows in page.rows(set(page.ids) - taken.keys()):
            bare = rows.bare()
            self._changed.append(rows.identity() if self._competes(bare) else bare)
            self._keep(rows)
        if len(self._changed) >= PAGE:
            self._look_at_changed()

    def _competes(self, person: Identity) -> bool:
        return competes(person, skip_excl_mailing=self._skip_excl_mailing)

    def _keep(self, rows: PersonRows) -> None:
        """Spare reading those again who may need a line, as long as they are few."""
        if len(self._kept) < MOST_KEPT:
            self._kept[rows.sonis_id] = rows

    def _look_at_changed(self) -> None:
        changed, self._changed = self._changed, []
        self.look(changed)

    def _simple(self, agreed: Standing) -> bool:
        """Whether no other contact carries their SONIS ID or holds their address, and no user said "not the same"."""
        sonis_id, email = agreed.sonis_id, agreed.email
        return sonis_id not in self._doubled_ids and email not in self._doubled_emails and sonis_id not in self._refused

    def _take_as_agreed(self, agreed: Mapping[SonisId, Standing]) -> None:
        self.known_ids.update(agreed)
        self._linked += len(agreed)
        self._agreed += agreed
        for sonis_id, _rows_mark, email, second_email, notes, checked_run in agreed.values():
            self._alone.claim(sonis_id, (email, second_email) if second_email else (email,))
            if notes:
                self._agreed_notes[sonis_id] = notes
            if checked_run != EVERY:
                self._agreed_anew.append(sonis_id)

    def _heads(self, people: Iterable[Identity], contact_ids: Iterable[ContactId]) -> Iterator[ContactHead]:
        everybody = list(people)
        emails = {key for person in everybody for email in addresses_of(person) if (key := email_key(email))}
        ids = [person.sonis_id for person in everybody]
        return self._sides.mirror.heads_among(contact_ids=contact_ids, sonis_ids=ids, emails=emails)

    # Those whom others concern

    def settle(self) -> None:
        """Decide about those who are disputed, all of them together; call it once everybody was looked at."""
        self._look_at_changed()
        asked: set[SonisId] = set()
        while fresh := self._alone.disputed - asked:
            asked |= fresh
            for person in self._sides.sonis.identities_by_id(fresh):
                self._people[person.sonis_id] = person
                self._alone.claim(person.sonis_id, map(email_key, wanted_by(person)))  # it may have changed just now
        links = self._sides.links.pairs(sonis_ids=asked)
        heads = list(self._heads(self._people.values(), links.values())) if self._contacts_exist else []
        links |= self._sides.links.pairs(contact_ids=[head.contact_id for head in heads])
        matcher = Matcher(
            self._people.values(),
            ContactIndex(heads),
            Known(links=links, decided=self._decided, not_same=self._not_same),
            skip_excl_mailing=self._skip_excl_mailing,
            known_ids=self.known_ids,
        )
        for sonis_id in asked:
            match = matcher.match(sonis_id)
            if match is not None:
                self._decisions[sonis_id] = match
        self.to_plan += [sonis_id for sonis_id in self._agreed if sonis_id in asked]
        self._agreed = [sonis_id for sonis_id in self._agreed if sonis_id not in asked]
        self._agreed_anew = [sonis_id for sonis_id in self._agreed_anew if sonis_id not in asked]

    def match(self, sonis_id: SonisId) -> Match | None:
        """What was decided for a person, None for one who does not compete or came after."""
        if sonis_id in self._alone.disputed:
            return self._decisions.get(sonis_id)
        return self._alone.matches.get(sonis_id)

    def rows_to_plan(self) -> Iterator[list[PersonRows]]:
        """After looking for changes: the rows of those who may have a line, page by page in the order of SONIS IDs."""
        for ids in chunks(sorted(self.to_plan), PAGE):
            found = [rows for sonis_id in ids if (rows := self._kept.get(sonis_id))]
            missing = [sonis_id for sonis_id in ids if sonis_id not in self._kept]
            yield found + [rows for page in self._sides.sonis.people_rows_by_id(missing) for rows in page]

    # What else came of it

    @property
    def disputed(self) -> set[SonisId]:
        """Those whom others concern."""
        return self._alone.disputed

    @property
    def agreed(self) -> list[SonisId]:
        """Who is as agreed, and whose contact nobody else has a say in: they need nothing."""
        return self._agreed

    @property
    def agreed_anew(self) -> list[SonisId]:
        """Those of them whose link does not say yet that every export of everybody finds so."""
        return self._agreed_anew

    def agreed_notes(self) -> Counter[str]:
        """The notes of those, as they were remembered, and how many have them."""
        asked = self._alone.disputed
        return Counter(notes for sonis_id, notes in self._agreed_notes.items() if sonis_id not in asked)

    def name(self, sonis_id: str) -> str:
        """The name of somebody whom others concern, "" for nobody."""
        if sonis_id and sonis_id not in self._people:
            self._people.update((person.sonis_id, person) for person in self._sides.sonis.identities_by_id([sonis_id]))
        person = self._people.get(sonis_id)
        return f"{person.first_name} {person.last_name}".strip() if person else ""

    def load_names(self) -> None:
        """Read those whom conflicts name, all at once."""
        named = {match.other_person for match in self._decisions.values() if isinstance(match, MatchConflict)}
        missing = named - self._people.keys() - {""}
        self._people.update((person.sonis_id, person) for person in self._sides.sonis.identities_by_id(missing))

    @cached_property
    def lost(self) -> dict[SonisId, ContactId]:
        """Whom SONIS has no name record of any more, and the contacts linked to them."""
        links = self._sides.links
        return links.lost(self.known_ids) if links.count() != self._linked else {}

    def orphans(self) -> list[ContactHead]:
        """Contacts whose SONIS_ID names nobody and that are linked to nobody, in id order (rule 5.4)."""
        links, mirror = self._sides.links, self._sides.mirror
        heads = chain(mirror.heads_astray(), mirror.heads_carrying(self.lost.values()))
        found = {head.contact_id: head for head in heads}
        nobodys = {key: head for key, head in found.items() if head.sonis_id not in self.known_ids}
        for sonis_id, contact_id in links.pairs(contact_ids=nobodys).items():
            holds = sonis_id in self._decided or (sonis_id, contact_id) not in self._not_same
            if sonis_id in self.known_ids and holds:
                nobodys.pop(contact_id, None)
        return sorted(nobodys.values(), key=lambda head: int(head.contact_id))


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most that size."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part
