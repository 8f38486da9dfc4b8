"""What always holds (rule 14), looked at from outside after each scenario. P8, the kill, has tests of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .census import Census
from .floor import BULK_PER_MINUTE, LINK, PER_SECOND, Asked, beyond_importer, written_contact
from .place import Finished

_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+\.[\w.]+")
_KEYS = {"first_name", "last_name", "phone", "email", "customer_acct_name", "account", "exclude_automations"}
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule, whether it held, and what was found."""

    rule: str
    what: str
    held: bool
    found: str = ""

    def document(self) -> dict[str, object]:
        """As it stands in the figures."""
        return {"rule": self.rule, "what": self.what, "held": self.held, "found": self.found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that there is to judge a run by."""

    finished: Finished
    asked: Asked
    stats: Mapping[str, Any]
    before: Census
    after: Census
    mapped: frozenset[str]
    """The custom fields of the field mapping, as the log names them."""
    token: str
    automations: frozenset[int]
    """Contacts for which the run set automations off."""


def same(rule: str, what: str, found: object, wanted: object) -> Check:
    """Two figures that must be the same."""
    held = found == wanted
    return Check(rule=rule, what=what, held=held, found="" if held else f"{found}, not {wanted}")


def always(seen: Seen) -> Iterator[Check]:
    """What holds after any run."""
    after, asked, stats = seen.after, seen.asked, seen.stats
    yield same("P1", "contacts that do not hold what SONIS says", after.wrong[:SHOWN], [])
    yield same("P3", "addresses that two contacts hold", after.emails_twice, 0)
    yield same("P3", "SONIS IDs that two contacts carry", after.ids_twice, 0)
    changed = [key for key, kept in seen.before.untouchable.items() if after.untouchable.get(key) != kept]
    yield same("P4", "contacts whose lists, tags or own fields changed", changed[:SHOWN], [])
    set_off = sorted(seen.automations - _unshielded(seen))
    yield same("P4", "contacts whose automations the importer would not have set off", set_off[:SHOWN], [])
    yield same("P5", "keys sent that are not mapped", sorted(asked.keys - seen.mapped - _KEYS)[:SHOWN], [])
    most = int(stats["most_in_a_second"])
    yield Check(rule="P6", what="requests in any second", held=most <= PER_SECOND, found=str(most))
    most = int(stats["most_imports_in_a_minute"])
    yield Check(rule="P6", what="imports in any minute", held=most <= BULK_PER_MINUTE, found=str(most))
    yield same("P6", "requests that were throttled", asked.throttled, 0)
    yield same("P7", "requests that were refused", asked.other_status, {})
    yield from _counts(seen.finished.document, asked)
    log = seen.finished.log
    yield same("P9", "lines of the log with the token", log.count(seen.token), 0)
    yield same("P9", "lines of the log with an address", len(_ADDRESS.findall(log)), 0)


def _unshielded(seen: Seen) -> set[int]:
    """Contacts that had to be written by single calls, which cannot keep automations from starting (rule 6.4)."""
    addresses = {number: address for address, number in seen.after.emails.items()}
    found = set()
    for entry in seen.asked.written:
        contact, address = written_contact(entry, addresses)
        if beyond_importer(entry, address) or entry["path"] == LINK:
            found.add(contact)
    return found


def _counts(document: Any, asked: Asked) -> Iterator[Check]:
    """The counts of a run, and of both where a command makes two, add up."""
    runs = [document, document["inbound"]] if "inbound" in document else [document]
    for run in runs:
        counts = dict(run["counts"])
        read = counts.pop("read")
        yield same("P7", f"outcomes of the people read ({run['kind']})", sum(counts.values()), read)
        yield same("P7", f"people who failed or did not keep ({run['kind']})", counts["failed"] + counts["not_kept"], 0)
    yield same("P7", "requests by the run's own count", sum(run["requests"] for run in runs), asked.requests)


def of_an_export(seen: Seen) -> Iterator[Check]:
    """What an export may have done."""
    counts = seen.finished.document["counts"]
    made = seen.after.contacts - seen.before.contacts
    yield same("P7", "contacts that were made", made, counts["created"])
    yield same("P7", "web prospects that an export made", seen.after.prospects - seen.before.prospects, 0)


def of_an_import(seen: Seen, arrived: int) -> Iterator[Check]:
    """What an import may have done: every new contact a web prospect, nothing in ActiveCampaign."""
    counts = seen.finished.document["counts"]
    yield same("P2", "writing requests of an import", seen.asked.posts + seen.asked.singles, 0)
    yield same("P7", "web prospects that were made", seen.after.prospects - seen.before.prospects, counts["created"])
    yield same("P3", "people whom an import made", seen.after.names - seen.before.names, 0)
    enough = counts["created"] >= arrived
    yield Check(rule="P7", what="new contacts that became prospects", held=enough, found=f"{counts['created']}")


def nothing_written(seen: Seen) -> Iterator[Check]:
    """A run after which both sides are as they were."""
    yield same("P2", "writing requests", seen.asked.posts + seen.asked.singles, 0)
    yield same("P2", "contacts that were made", seen.after.contacts - seen.before.contacts, 0)
    yield same("P2", "web prospects that were made", seen.after.prospects - seen.before.prospects, 0)
    yield from in_agreement(seen.finished)


def in_agreement(finished: Finished) -> Iterator[Check]:
    """A run or preview that finds nothing to write: all mapped fields of all people hold what SONIS says."""
    counts = finished.document["counts"]
    yield same("P1", "people whom a run afterwards would write", counts["created"] + counts["updated"], 0)
