"""SONIS, as the rest of sonisbridge sees it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from sonisbridge.core.arrival import Arrival
from sonisbridge.core.filters import Filters
from sonisbridge.core.person import Codes, Identity, PersonRecord, SonisId
from sonisbridge.core.prospect import NewProspect, WaitingProspect

from . import codes, people, prospects
from .catalogue import Finding
from .connection import Connection
from .rights import excess
from .tables import DEFAULT, Schema


class Sonis:
    """One institution's SONIS. Opening it raises StopRunError when the database does not answer."""

    def __init__(self, url: str, schema: Schema = DEFAULT) -> None:
        self.connection = Connection(url, schema)

    @property
    def fingerprint(self) -> str:
        """Which database this is, whoever signs in to it (section 12 of the rules)."""
        return self.connection.fingerprint

    def close(self) -> None:
        """Give the connections back."""
        self.connection.close()

    def findings(self) -> list[Finding]:
        """What the database lacks of the schema."""
        return self.connection.findings()

    def excess_rights(self) -> list[str]:
        """What the database user can do that sonisbridge never does, such as "DELETE on address"."""
        return excess(self.connection)

    def people(self, filters: Filters | None = None) -> Iterator[PersonRecord]:
        """Everybody whom the filters name, whatever their status, in the order of the database's keys."""
        return people.people(self.connection, filters or Filters())

    def people_by_id(self, ids: Iterable[str]) -> Iterator[PersonRecord]:
        """The people with these SONIS IDs, any number; unknown ids are passed over."""
        return people.people_by_id(self.connection, ids)

    def identities(self) -> Iterator[Identity]:
        """Every name record, whatever its status, disabled ones too (rule 7.1)."""
        return people.identities(self.connection)

    def codes(self) -> Codes:
        """The texts of the code tables; a table that the institution lacks gives none."""
        return codes.codes(self.connection)

    def filter_problems(self, filters: Filters) -> list[str]:
        """One plain sentence for every filter value that no code table and no row knows."""
        return codes.filter_problems(self.connection, filters)

    def waiting_prospects(self) -> Iterator[WaitingProspect]:
        """Every web prospect, wherever it came from; those that became people name them."""
        return prospects.waiting_prospects(self.connection)

    def add_prospect(self, prospect: NewProspect) -> str | None:
        """The row id of the web prospect that was added; None when it stands already."""
        return prospects.add_prospect(self.connection, prospect)

    def add_person(self, prospect: NewProspect, *, today: date | None = None) -> SonisId:
        """The person made of the contact, with all their rows, in one transaction; done twice it is still one person."""
        return prospects.add_person(self.connection, prospect, today or _today())

    def arrival(self, row_id: str) -> Arrival | SonisId:
        """What a waiting web prospect says of itself; of one that was converted, whom it became."""
        return prospects.waiting_arrival(self.connection, row_id)

    def assign(self, row_id: str, sonis_id: SonisId, *, today: date | None = None) -> SonisId:
        """The person whom a waiting web prospect is said to be; they stay as they are."""
        return prospects.assign(self.connection, row_id, sonis_id, today or _today())

    def convert(self, row_id: str, arrival: Arrival | None = None, *, today: date | None = None) -> SonisId:
        """The person made of a waiting web prospect, as given or as its row says; one made before is named again (7.5)."""
        return prospects.convert(self.connection, row_id, arrival, today or _today())


def _today() -> date:
    return datetime.now(UTC).date()
