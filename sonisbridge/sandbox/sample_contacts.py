"""The contacts that an account holds before the school is connected, and which people they bring into conflict."""

import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from typing import Any

from sonisbridge.sandbox.sample_families import Family, owner, simple_people
from sonisbridge.sandbox.sample_people import TODAY, People, SamplePerson, plain

_NEWSLETTER, _OPEN_HOUSE = "Newsletter", "Open House"
_FEWEST_WITH_CONFLICTS = 10
_START = datetime.combine(TODAY, time(12), tzinfo=timezone(timedelta(hours=-6)))


@dataclass(slots=True, kw_only=True)
class Planted:
    """Whom an export has to leave for a user to decide, and why."""

    conflicts: dict[str, str] = field(default_factory=dict)
    import_conflicts: dict[str, str] = field(default_factory=dict)


class Contacts:
    """Makes the contacts of one school's account."""

    def __init__(self, people: list[SamplePerson], families: list[Family], maker: People) -> None:
        self._people = people
        self._families = families
        self._maker = maker
        self._dice = random.Random(maker.dice.random())
        self._made: list[dict[str, Any]] = []
        self._taken: dict[str, str] = {}
        self._with_contact: set[str] = set()
        in_families = {id(person) for family in families for person in (family.elder, family.younger)}
        self._free = [person for person in simple_people(people) if id(person) not in in_families]
        self._dice.shuffle(self._free)

    def make(self, count: int) -> list[dict[str, Any]]:
        """That many contacts at most, in the form that the look-alike reads."""
        few = max(1, count // 100)
        if count >= _FEWEST_WITH_CONFLICTS:
            self._of_siblings(few)
            self._near_people(few)
        for place in range(min(count * 2 // 5, len(self._free), count - len(self._made))):
            self._of_person(self._free.pop(), place)
        for place in range(max(0, count - len(self._made))):
            self._stranger(place)
        return self._made

    def planted(self) -> Planted:
        """Who ends in conflict, by the rules about shared and taken addresses."""
        planted = Planted()
        for family in self._families:
            keeps = owner(family, self._with_contact)
            loser = family.younger if keeps is family.elder else family.elder
            if not family.way_out or loser is family.elder:
                planted.conflicts[loser.sonis_id] = "shared-email"
            if keeps.sonis_id in self._taken:
                planted.conflicts[keeps.sonis_id] = self._taken[keeps.sonis_id]
        in_families = set(planted.conflicts)
        planted.conflicts |= {key: why for key, why in self._taken.items() if key not in in_families}
        return planted

    def _of_siblings(self, few: int) -> None:
        """One sibling has a contact already, and one shared address is held by somebody else."""
        alone = [family for family in self._families if not family.way_out]
        for family in alone[:few]:
            self._with_contact.add(family.younger.sonis_id)
            self._add(family.younger.first, family.younger.last, family.younger.main.email)
        for family in alone[few : few + 1]:
            first, last = self._maker.name()
            self._add(f"{first}x", last, family.elder.main.email)
            for person in (family.elder, family.younger):
                self._taken[person.sonis_id] = "email-in-use"

    def _near_people(self, few: int) -> None:
        """Contacts that share the name or the address with a person, but not both."""
        for place in range(min(few + 1, len(self._free) // 4)):
            person = self._free.pop()
            person.main.email2 = ""
            first = f"{person.first}x" if place else (person.nickname or "Buddy")
            self._add(first, person.last, person.main.email)
            self._taken[person.sonis_id] = "email-in-use"
        for place in range(min(few, len(self._free))):
            person = self._free[place]
            self._add(person.first, person.last, f"other{place}.{plain(person.last)[:20]}@elsewhere.example.com")
        del self._free[:few]

    def _of_person(self, person: SamplePerson, place: int) -> None:
        """A person of the school whom the account knows without their SONIS ID."""
        first, last, email = person.first, person.last, person.main.email
        if place % 6 == 1:
            first, last, email = first.upper(), last.upper(), email.upper()
        elif place % 6 == 2 and person.main.email2:
            email = person.main.email2
        listed = "unsubscribed" if place % 7 == 3 else "active"
        self._add(first, last, email, {_NEWSLETTER: listed})

    def _stranger(self, place: int) -> None:
        """Somebody whom the school does not know."""
        first, last = self._maker.name()
        email = f"{plain(first)[:10]}.{plain(last)[:12]}.s{place}@friends.example.com"
        listed, bounced, phone = {_NEWSLETTER: "active"}, 0, self._maker.phone() if place % 3 else ""
        kind = place % 20
        if kind == 4:
            listed = {_NEWSLETTER: "unsubscribed"}
        elif kind == 9:
            listed, bounced = {_NEWSLETTER: "bounced"}, 1
        elif kind == 14:
            last = ""
        elif kind == 17:
            listed = {_NEWSLETTER: "unsubscribed", _OPEN_HOUSE: "active"}
        elif kind == 18:
            listed = {_OPEN_HOUSE: "unconfirmed"}
        if place == 0:
            listed = {}
        elif place == 1:
            first = "Wolfeschlegelsteinhausenbergerdorff"
        elif place in (2, 3):
            phone = "(615) 555-0199"
        self._add(first, last, email, listed, phone=phone, bounced=bounced)

    def _add(
        self,
        first: str,
        last: str,
        email: str,
        lists: dict[str, str] | None = None,
        *,
        phone: str = "",
        bounced: int = 0,
    ) -> None:
        made = _START - timedelta(minutes=self._dice.randrange(60, 500_000))
        changed = made + timedelta(minutes=self._dice.randrange(0, 50))
        self._made.append(
            {
                "email": email,
                "firstName": first,
                "lastName": last,
                "phone": phone,
                "fields": {},
                "lists": {_NEWSLETTER: "active"} if lists is None else lists,
                "cdate": made.isoformat(),
                "udate": changed.isoformat(),
                "bounced_hard": bounced,
            }
        )


def world(contacts: list[dict[str, Any]]) -> dict[str, Any]:
    """The account's starting world."""
    lists = [{"name": _NEWSLETTER}, {"name": _OPEN_HOUSE}]
    return {"fields": [], "lists": lists, "accounts": [], "contacts": contacts}
