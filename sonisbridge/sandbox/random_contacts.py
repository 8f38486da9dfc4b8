"""Many made-up contacts, the same for the same seed: cheap to make, none of them anybody."""

import random

from sonisbridge.sandbox.lists_api import add_list
from sonisbridge.sandbox.records import (
    ACTIVE,
    BOUNCED,
    UNCONFIRMED,
    UNSUBSCRIBED,
    Contact,
    Membership,
)
from sonisbridge.sandbox.service import Service
from sonisbridge.sandbox.world import load_contacts

_FIRST = ("Ana", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo", "Ines", "Jon", "Kira", "Leo")
_LAST = ("Adler", "Brook", "Castro", "Dunn", "Evans", "Flores", "Grant", "Hayes", "Ito", "Kim")
_LISTS = ("Newsletter", "Open Day")
_STATUSES = (ACTIVE,) * 14 + (UNSUBSCRIBED,) * 3 + (BOUNCED, UNCONFIRMED)
_YEAR = 365 * 86_400


def add_random_contacts(service: Service, count: int) -> None:
    """Add so many contacts: most active on a list, some unsubscribed, bounced or on no list."""
    world = service.world
    dice = random.Random(service.seed)
    lists = []
    for name in _LISTS:
        row = world.named("lists", "name", name)
        lists.append(int((row or add_list(world, service.stamp(), {"name": name}))["id"]))
    now = service.clock.now()
    made = [_contact(service, dice, lists, now) for _ in range(count)]
    load_contacts(world, made)


def _contact(service: Service, dice: random.Random, lists: list[int], now: int) -> Contact:
    world = service.world
    key = world.next_id("contact")
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    cdate = now - dice.randrange(3600, _YEAR)
    contact = Contact(
        id=key,
        email=f"{first}.{last}.{key}@example.org".lower(),
        cdate=cdate,
        udate=min(cdate + dice.randrange(0, 30 * 86_400), now - 600),
        phone=f"+1615555{dice.randrange(10_000):04}" if dice.random() < 0.6 else "",
        first_name=first,
        last_name=last,
    )
    for list_id in lists:
        if dice.random() < 0.55:
            status = dice.choice(_STATUSES)
            contact.lists[list_id] = Membership(
                id=world.next_id("contactList"),
                status=status,
                cdate=cdate,
                udate=cdate,
                sdate=None if status == UNCONFIRMED else cdate,
                unsubscribed=contact.udate if status == UNSUBSCRIBED else None,
            )
            contact.bounced_hard = contact.bounced_hard or int(status == BOUNCED)
    return contact
