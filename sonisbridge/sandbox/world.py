"""The state of the account, in memory, with the indexes that make replies cheap."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from typing import Any

from sonisbridge.sandbox.records import Contact, Row, Table

TABLES = (
    "fields",
    "fieldOptions",
    "fieldRels",
    "lists",
    "listGroups",
    "tags",
    "accounts",
    "users",
    "groups",
    "exclusions",
    "webhooks",
    "notes",
    "automations",
    "contactAutomations",
    "segments",
    "groupDefinitions",
    "groupMembers",
    "accountCustomFieldMeta",
    "accountCustomFieldData",
    "batches",
)
SEQUENCES = ("contact", "contactList", "contactTag", "accountContact")


class World:
    """Everything the account holds. Contacts are changed through `ContactWriter` alone."""

    def __init__(self) -> None:
        self.tables = {name: Table() for name in TABLES}
        self.contacts: dict[int, Contact] = {}
        self.live: list[int] = []  # ids of contacts that are not deleted, ascending
        self.by_email: dict[str, int] = {}
        self.recent: dict[int, None] = {}  # live ids, least recently changed first
        self.memberships: dict[int, tuple[int, int]] = {}  # id -> contact, list
        self.tag_links: dict[int, tuple[int, int]] = {}  # id -> contact, tag
        self.account_links: dict[int, int] = {}  # id -> contact
        self.last = dict.fromkeys(SEQUENCES, 0)
        self.history: dict[int, list[Row]] = {}
        self.dirty_contacts: set[int] = set()
        self.match_case = False

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def next_id(self, sequence: str) -> int:
        """The next id of contacts or of one of their parts."""
        self.last[sequence] += 1
        return self.last[sequence]

    def email_key(self, email: str) -> str:
        """What makes two addresses the same."""
        return email.strip() if self.match_case else email.strip().casefold()

    def set_match_case(self, match_case: bool) -> None:
        """Say whether addresses that differ in case are two; the index follows."""
        if match_case == self.match_case:
            return
        self.match_case = match_case
        holders = (self.contacts[key] for key in self.live)
        self.by_email = {self.email_key(one.email): one.id for one in holders if one.email}

    def find(self, email: str) -> Contact | None:
        """The live contact with this address."""
        if not email.strip():
            return None
        key = self.by_email.get(self.email_key(email))
        return None if key is None else self.contacts[key]

    def index(self, contact: Contact) -> None:
        """Take a contact into every index."""
        self.contacts[contact.id] = contact
        self.dirty_contacts.add(contact.id)
        for name, top in self._part_ids(contact):
            self.last[name] = max(self.last[name], top)
        for list_id, membership in contact.lists.items():
            self.memberships[membership.id] = (contact.id, list_id)
        for tag_id, link in contact.tags.items():
            self.tag_links[link.id] = (contact.id, tag_id)
        if contact.account is not None:
            self.account_links[contact.account.id] = contact.id
        if contact.deleted:
            return
        if self.live and self.live[-1] >= contact.id:
            insort(self.live, contact.id)
        else:
            self.live.append(contact.id)
        if contact.email:
            self.by_email[self.email_key(contact.email)] = contact.id
        self.recent[contact.id] = None

    @staticmethod
    def _part_ids(contact: Contact) -> Iterator[tuple[str, int]]:
        yield "contact", contact.id
        yield "contactList", max((part.id for part in contact.lists.values()), default=0)
        yield "contactTag", max((part.id for part in contact.tags.values()), default=0)
        yield "accountContact", contact.account.id if contact.account else 0

    def unindex(self, contact: Contact) -> None:
        """Take a contact out of the listings and free its address."""
        place = bisect_left(self.live, contact.id)
        if place < len(self.live) and self.live[place] == contact.id:
            del self.live[place]
        key = self.email_key(contact.email)
        if self.by_email.get(key) == contact.id:
            del self.by_email[key]
        self.recent.pop(contact.id, None)
        self.dirty_contacts.add(contact.id)

    def rename(self, contact: Contact, email: str) -> None:
        """Give a contact another address, which must be free."""
        key = self.email_key(contact.email)
        if self.by_email.get(key) == contact.id:
            del self.by_email[key]
        contact.email = email
        if email:
            self.by_email[self.email_key(email)] = contact.id

    def touch(self, contact: Contact, now: int | None) -> None:
        """Note that a contact was changed; with `now`, move its udate there."""
        self.dirty_contacts.add(contact.id)
        if now is None:
            return
        contact.udate = now
        contact.fresh = False
        if contact.id in self.recent:
            del self.recent[contact.id]
            self.recent[contact.id] = None

    def sort_recent(self) -> None:
        """Put the order of change right after contacts were loaded in any order."""
        self.recent = dict.fromkeys(sorted(self.live, key=lambda key: self.contacts[key].udate))

    def between(self, greater: int | None, less: int | None) -> list[int]:
        """Live ids in a range, ascending."""
        start = 0 if greater is None else bisect_right(self.live, greater)
        stop = len(self.live) if less is None else bisect_left(self.live, less)
        return self.live[start:stop]

    def changed_since(self, moment: int) -> list[int]:
        """Live ids changed at or after a moment, in no order."""
        found = []
        for key in reversed(self.recent):
            if self.contacts[key].udate < moment:
                break
            found.append(key)
        return found

    def options_of(self, field_id: int) -> list[Row]:
        """The options of a field, in their order."""
        wanted = str(field_id)
        found = [row for row in self["fieldOptions"] if str(row["field"]) == wanted]
        return sorted(found, key=lambda row: (int(row["orderid"]), int(row["id"])))

    def named(self, table: str, key: str, name: str) -> Row | None:
        """The row whose `key` reads `name`, in any case."""
        wanted = name.strip().casefold()
        for row in self[table]:
            if str(row[key]).casefold() == wanted:
                return row
        return None

    def live_contact(self, key: int | None) -> Contact | None:
        """The contact with that id unless it is deleted."""
        contact = self.contacts.get(key) if key is not None else None
        return None if contact is None or contact.deleted else contact

    def remember(self, contact_id: int, entry: dict[str, Any]) -> None:
        """Add a change to a contact's history."""
        self.history.setdefault(contact_id, []).append(entry)

    def counted_by_account(self) -> dict[int, int]:
        """How many contacts each account has."""
        counts: dict[int, int] = {}
        for link_owner in self.account_links.values():
            link = self.contacts[link_owner].account
            if link is not None:
                counts[link.account] = counts.get(link.account, 0) + 1
        return counts


def changes_of(entry: Row) -> dict[str, tuple[Any, Any]]:
    """What one entry of a contact's history changed: key -> old, new."""
    if "made" in entry:
        return {key: (None, new) for key, new in entry["made"].items()}
    return {key: (old, new) for key, (old, new) in entry["changes"].items()}


def load_contacts(world: World, contacts: Iterable[Contact]) -> None:
    """Take many contacts in at once."""
    for contact in contacts:
        world.index(contact)
    world.sort_recent()
