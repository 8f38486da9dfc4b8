"""Whose contact is whose where nobody else has a say: most people, most days. The others are for the Matcher.

A person is undisputed when nobody else wants one of their addresses and no contact but their own has a part in it: none
else carries their SONIS ID or holds an address of theirs. What the Matcher would decide of them follows from themselves
alone, and what it decides of others does not depend on them. So most people need not be kept in memory together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .contact import ContactId
from .matching import ContactHead, ContactIndex, How, Match, Matched, Unmatched, addresses_of, competes, no_address
from .person import Identity, SonisId
from .values import email_key, good_email


class Undisputed:
    """Looks at everybody once, in any order; `matches` then holds of everybody who competes a match or, disputed, None."""

    def __init__(self, *, refused: Collection[SonisId] = (), skip_excl_mailing: bool = False) -> None:
        self.matches: dict[SonisId, Match | None] = {}
        """Of those who were looked at themselves; once everybody was, what stands there of the undisputed is final."""
        self.disputed: set[SonisId] = set()
        self._refused = refused  # of whom a user said that some contact is not theirs
        self._skip_excl_mailing = skip_excl_mailing
        self._claimants: dict[int, SonisId] = {}

    def look(self, person: Identity, linked: ContactId | None, contacts: ContactIndex) -> None:
        """Take a person in. `contacts` are all that carry their SONIS ID or hold an address of theirs, and the linked one."""
        if not competes(person, skip_excl_mailing=self._skip_excl_mailing):
            return
        wanted = wanted_by(person)
        match = self._alone(person, wanted, contacts.by_id.get(linked) if linked else None, contacts)
        self.matches[person.sonis_id] = match
        if match is None:
            self.disputed.add(person.sonis_id)
        self.claim(person.sonis_id, map(email_key, wanted))

    def claim(self, sonis_id: SonisId, keys: Iterable[str]) -> None:
        """Somebody who competes may send these addresses, in their normal form. Who wants what another wants is disputed."""
        for key in keys:
            # A hash takes no room; two addresses of one hash are two disputes that the Matcher finds to be none.
            other = self._claimants.setdefault(hash(key), sonis_id)
            if other != sonis_id:
                self.disputed.update((other, sonis_id))

    def _alone(
        self, person: Identity, wanted: tuple[str, ...], own: ContactHead | None, contacts: ContactIndex
    ) -> Match | None:
        carrying = contacts.by_sonis_id.get(person.sonis_id, [])
        if own is not None:
            if carrying != [own] or person.sonis_id in self._refused:
                return None
            if not wanted:
                return no_address(person)
            email = wanted[0]
            alone = contacts.at(email) == [own]
            return Matched(contact_id=own.contact_id, how=How.LINK, email=email) if alone else None
        if carrying or any(contacts.at(email) for email in addresses_of(person)):
            return None
        return Unmatched(email=wanted[0]) if wanted else no_address(person)


def wanted_by(person: Identity) -> tuple[str, ...]:
    """The addresses that the person may send, the first choice first."""
    good = (good_email(person.email), good_email(person.email2))
    return tuple(dict.fromkeys(email for email in good if email))
