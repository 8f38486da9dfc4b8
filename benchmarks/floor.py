"""What a run asked for, and the least that its work could have asked for (rule 15).

The floor comes from the work: from the rows that were written, the contacts that were there and those that somebody
else had changed; not from how often we asked. What is asked twice makes a run slower than its floor, never the floor higher.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from urllib.parse import parse_qs

PER_SECOND, BULK_PER_MINUTE = 5, 100
LINK = "/accountContacts"
BULK_ROWS, BULK_BYTES, PAGE_ROWS = 250, 399_999, 100
Entry = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Asked:
    """The requests of one run by what they are, and what stood in those that write."""

    requests: int = 0
    throttled: int = 0
    posts: int = 0
    polls: int = 0
    pages: int = 0
    pages_before_writing: int = 0
    """Pages that were listed before anything was written: the look at what changed, or the full scan."""
    by_ids: int = 0
    lookups: int = 0
    singles: int = 0
    other: int = 0
    other_status: dict[str, int] = field(default_factory=dict)
    """Answers that were neither good nor throttled, by status."""
    rows: dict[str, int] = field(default_factory=dict)
    """The addresses that the importer was given, and how often."""
    row_bytes: int = 0
    keys: set[str] = field(default_factory=set)
    written: list[Entry] = field(default_factory=list)
    """The single calls that wrote, as the log has them."""


def counted(entries: Iterable[Entry]) -> Asked:
    """The log of a run, counted."""
    asked = Asked()
    for entry in entries:
        asked.requests += 1
        status = entry["status"]
        if status == 429:
            asked.throttled += 1
        elif status not in {200, 201}:
            asked.other_status[str(status)] = asked.other_status.get(str(status), 0) + 1
        if entry["method"] == "GET":
            _count_read(asked, entry)
        else:
            _count_write(asked, entry, good=status in {200, 201})
    return asked


def _count_read(asked: Asked, entry: Entry) -> None:
    query = parse_qs(entry["query"])
    if entry["path"].startswith("/import/"):
        asked.polls += 1
    elif entry["path"] == "/contacts" and any(key.startswith("ids") for key in query):
        asked.by_ids += 1
    elif entry["path"] == "/contacts" and "email" not in query:
        asked.pages += 1
        asked.pages_before_writing += not (asked.posts or asked.singles)
    elif entry["path"].startswith("/contacts"):
        asked.lookups += 1
    else:
        asked.other += 1


def _count_write(asked: Asked, entry: Entry, *, good: bool) -> None:
    if entry["path"] != "/import/bulk_import":
        asked.singles += 1
        if good:
            asked.written.append(entry)
            asked.keys |= {_own_name(key) for key in entry["body"].get("keys", [])}
        return
    asked.posts += 1
    if not good:
        return
    asked.row_bytes += entry["bytes"]
    for row in entry["body"]["rows"]:
        address = str(row["email"]).casefold()
        asked.rows[address] = asked.rows.get(address, 0) + 1
        asked.keys |= set(row["keys"])


def _own_name(key: str) -> str:
    """A standard field as the importer names it."""
    return {"firstName": "first_name", "lastName": "last_name"}.get(key, key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there was to do, beyond what the log of the run says."""

    full_scan: bool = False
    contacts: int = 0
    """Contacts of the account before the run."""
    changed_by_others: int = 0
    """Contacts that changed or arrived since the last run and were not written by us."""
    listed_again: int = 0
    """Contacts that are read again where the account's filter knows whole days alone: all that it lists (rule 4.1)."""
    importer_links: bool = True
    """Whether the importer links contacts to the account that its rows name."""
    known: Mapping[str, int] = field(default_factory=dict)
    """The contact that held each address before the run."""
    addresses: Mapping[int, str] = field(default_factory=dict)
    """The address of the contacts that single calls wrote to, after the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least number of requests of each sort, and the seconds that the limits alone make of them."""

    scan_pages: int
    """Pages of 100 of a full scan, or of what others changed: at least one, to know that nothing did."""
    look_before_writing: int
    """One page before the first write: what changed since the plan (rule 6.6)."""
    read_before_update: int
    """Pages of 100 of contacts that the importer is to find by their address (rule 6.6)."""
    posts: int
    """Posts of the importer, each with 250 rows and 399,999 bytes at most."""
    polls: int
    """One question a post, what became of it."""
    readback_pages: int
    """Pages of 100 to read back what the importer wrote (rule 6.7)."""
    singles: int
    """Single calls for what the importer cannot do: renaming, taking values away, addresses that it refuses."""
    links: int
    """Single calls that link a contact to the account, where the importer does not."""
    rows: int

    @property
    def requests(self) -> int:
        """All of them."""
        reading = self.scan_pages + self.look_before_writing + self.read_before_update + self.readback_pages
        return reading + self.posts + self.polls + self.singles + self.links

    @property
    def posts_seconds(self) -> float:
        """The seconds that the importer's quota asks for."""
        return self.posts / BULK_PER_MINUTE * 60

    @property
    def requests_seconds(self) -> float:
        """The seconds that the account's rate asks for."""
        return self.requests / PER_SECOND

    @property
    def seconds(self) -> float:
        """The larger of the two."""
        return max(self.posts_seconds, self.requests_seconds)

    def document(self) -> dict[str, float]:
        """Every term by its name."""
        terms = {name: getattr(self, name) for name in self.__slots__}
        return {
            **terms,
            "requests": self.requests,
            "posts_seconds": round(self.posts_seconds, 2),
            "requests_seconds": round(self.requests_seconds, 2),
            "seconds": round(self.seconds, 2),
        }


def floor_of(asked: Asked, work: Work) -> Floor:
    """The floor of a run that did this work."""
    linked = set() if work.importer_links else set(_linked(asked))
    singles, more_rows = _needed_singles(asked, work)
    rows = len(asked.rows) + more_rows
    sent = sum(asked.rows.values())
    row_bytes = asked.row_bytes * rows / sent if sent else 0.0
    posts = max(ceil(rows / BULK_ROWS), ceil(row_bytes / BULK_BYTES))
    to_scan = work.contacts if work.full_scan else max(work.changed_by_others, work.listed_again)
    updates = sum(address in work.known for address in asked.rows)
    return Floor(
        scan_pages=max(1, ceil(to_scan / PAGE_ROWS)),
        look_before_writing=int(bool(rows or singles or linked)),
        read_before_update=ceil(updates / PAGE_ROWS),
        posts=posts,
        polls=posts,
        readback_pages=ceil(rows / PAGE_ROWS),
        singles=singles,
        links=len(linked),
        rows=rows,
    )


def _linked(asked: Asked) -> Iterator[int]:
    """The contacts that single calls linked to an account."""
    return (written_contact(entry, {})[0] for entry in asked.written if entry["path"] == LINK)


def _needed_singles(asked: Asked, work: Work) -> tuple[int, int]:
    """How many single calls nothing cheaper could replace, and how many contacts the importer could have carried."""
    needed, by_importer = 0, set()
    for entry in asked.written:
        if entry["path"] == LINK and not work.importer_links:
            continue
        contact, address = written_contact(entry, work.addresses)
        of_a_contact = entry["path"].startswith(("/contacts", "/contact/", LINK))
        if beyond_importer(entry, address) or not of_a_contact:
            needed += 1
        elif address.casefold() not in asked.rows:
            by_importer.add(contact or address)
    return needed, len(by_importer)


def written_contact(entry: Entry, addresses: Mapping[int, str]) -> tuple[int, str]:
    """The contact that a single call wrote to, 0 for none, and its address."""
    contact = int(entry["body"].get("contact") or 0)
    return contact, str(entry["body"].get("email") or addresses.get(contact, ""))


def beyond_importer(entry: Entry, address: str) -> bool:
    """Whether a single call did what the importer cannot: another address, a value taken away, an address it refuses."""
    renames = entry["method"] == "PUT" and bool(entry["body"].get("email"))
    return renames or entry["method"] == "DELETE" or "'" in address
