"""Siblings on one e-mail address, planted among the people of the sample school."""

import random
from dataclasses import dataclass

from sonisbridge.sandbox.sample_people import EXPORTED, SamplePerson


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Two siblings who share one address."""

    elder: SamplePerson
    """The one to whom the address falls while neither has a contact."""
    younger: SamplePerson
    way_out: bool
    """Whether the younger has an e-mail 2 of their own, so that both can be written to."""


def plant_families(people: list[SamplePerson], dice: random.Random) -> list[Family]:
    """Make siblings of some people: one pair in 500 people with a way out and one without, one of each at least."""
    pairs = max(1, len(people) // 500) * 2
    free = simple_people(people)
    dice.shuffle(free)
    families = []
    for place in range(min(pairs, len(free) // 4)):
        elder, younger = free[2 * place], free[2 * place + 1]
        if elder.first == younger.first:
            continue
        way_out = place % 2 == 1
        younger.last = elder.last
        younger.main.email = elder.main.email
        if owner(Family(elder=elder, younger=younger, way_out=way_out), set()) is younger:
            elder, younger = younger, elder
        elder.main.email2 = ""
        younger.main.email2 = f"{younger.sonis_id.lower()}@own.example.com" if way_out else ""
        families.append(Family(elder=elder, younger=younger, way_out=way_out))
    return families


def simple_people(people: list[SamplePerson]) -> list[SamplePerson]:
    """Exported people with one status, one address and a good e-mail."""
    return [
        person
        for person in people
        if person.exported
        and len(person.statuses) == 1
        and len(person.addresses) == 1
        and person.main.email.count("@") == 1
        and person.main.email.islower()
    ]


def owner(family: Family, with_contact: set[str]) -> SamplePerson:
    """Who of the two keeps the address: who has a contact, then ST, AP, PS, AL, then the lowest SONIS ID."""

    def order(person: SamplePerson) -> tuple[bool, int, str]:
        return (person.sonis_id not in with_contact, EXPORTED.index(person.status), person.sonis_id)

    return min(family.elder, family.younger, key=order)
